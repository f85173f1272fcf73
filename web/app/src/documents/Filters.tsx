import type { DocumentState } from "@guichet/client";
import { NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./DocumentsPage.module.css";
import { type Filter, useCollections } from "./useDocuments";

const STATES: DocumentState[] = ["indexed", "queued", "parsing", "failed", "needs_ocr", "unsupported", "stopped"];

interface FiltersProps {
  filter: Filter;
  counts: Record<string, number> | undefined;
  onChange: (filter: Filter) => void;
}

export function Filters({ filter, counts, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(filter.q ?? "");
  const collections = useCollections();
  const search = useDebouncedCallback((q: string) => onChange(without({ ...filter, q: q.trim() })), 250);

  useEffect(() => setText(filter.q ?? ""), [filter.q]);

  const states = STATES.map((state) => {
    const count = counts?.[state] ?? 0;
    return { value: state, label: `${t(`documents.states.${state}`)} (${count})` };
  });
  return (
    <search className={classes.filters}>
      <TextInput
        label={t("documents.search")}
        placeholder={t("documents.searchPlaceholder")}
        leftSection={<IconSearch size={18} stroke={1.7} aria-hidden="true" />}
        size="md"
        type="search"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
      />
      <NativeSelect
        label={t("documents.state")}
        size="md"
        value={filter.state ?? ""}
        data={[{ value: "", label: t("documents.allStates") }, ...states]}
        onChange={(event) => onChange(without({ ...filter, state: event.currentTarget.value as DocumentState }))}
      />
      <NativeSelect
        label={t("documents.collection")}
        size="md"
        value={filter.collection ?? ""}
        data={[{ value: "", label: t("documents.allCollections") }, ...collections]}
        onChange={(event) => onChange(without({ ...filter, collection: event.currentTarget.value }))}
      />
    </search>
  );
}

/** An empty choice is no filter. */
function without(filter: Filter): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
}
