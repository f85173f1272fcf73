import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconCheck, IconUpload, IconX } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../lib/api";
import { size } from "../lib/format";
import { useProblemText } from "../lib/useProblemText";
import classes from "./UploadDialog.module.css";
import { useRefresh } from "./useDocuments";

interface Item {
  key: string;
  file: File;
  state: "chosen" | "sending" | "sent" | "failed";
  error?: unknown;
}

const COLLECTION = /^[a-z0-9_-]{0,64}$/;
const GRANTS = ["everyone", "role:student", "role:staff"] as const;

export function UploadDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t("upload.title")}
      closeButtonProps={{ "aria-label": t("app.close") }}
      styles={{ title: { fontWeight: 700, fontSize: "1.15rem" } }}
    >
      <UploadForm onClose={onClose} />
    </Modal>
  );
}

function UploadForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const refresh = useRefresh();
  const [items, setItems] = useState<Item[]>([]);
  const [collection, setCollection] = useState("");
  const [audience, setAudience] = useState<string[]>([]);
  const waiting = items.filter(({ state }) => state === "chosen" || state === "failed");
  const sending = items.some(({ state }) => state === "sending");
  const finished = items.length > 0 && items.every(({ state }) => state === "sent");
  const valid = COLLECTION.test(collection);

  const mark = (key: string, change: Partial<Item>) =>
    setItems((before) => before.map((item) => (item.key === key ? { ...item, ...change } : item)));

  const add = (files: Iterable<File>) =>
    setItems((before) => [
      ...before,
      ...[...files].map((file) => ({ key: crypto.randomUUID(), file, state: "chosen" as const })),
    ]);

  // One after the other: the server reads them in this order anyway, and each gets its own outcome.
  const send = async () => {
    for (const { key, file } of waiting) {
      mark(key, { state: "sending", error: undefined });
      try {
        await api.upload({ file, audience, ...(collection ? { collection } : {}) });
        mark(key, { state: "sent" });
      } catch (error) {
        mark(key, { state: "failed", error });
      }
      await refresh();
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (finished) onClose();
        else if (valid) void send();
      }}
    >
      <Stack gap="lg">
        <DropZone onFiles={add} />
        <Chosen items={items} onRemove={(key) => setItems((before) => before.filter((item) => item.key !== key))} />
        <TextInput
          label={t("upload.collection")}
          description={t("upload.collectionHint")}
          value={collection}
          error={!valid && t("upload.collectionError")}
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setCollection(event.currentTarget.value)}
        />
        <Checkbox.Group
          label={t("upload.audience")}
          description={t("upload.audienceHint")}
          value={audience}
          onChange={setAudience}
        >
          <Group mt="sm" gap="lg">
            {GRANTS.map((grant) => (
              <Checkbox key={grant} value={grant} label={t(`audience.${grant}`, { nsSeparator: false })} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button type="submit" size="md" loading={sending} disabled={(!finished && waiting.length === 0) || !valid}>
            {finished && t("upload.done")}
            {!finished && (waiting.length > 0 ? t("upload.send", { count: waiting.length }) : t("upload.sendNone"))}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function DropZone({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFiles(event.dataTransfer.files);
      }}
    >
      <IconUpload size={28} stroke={1.5} aria-hidden="true" />
      <p>{t("upload.drop")}</p>
      <p className={classes.hint}>{t("upload.formats")}</p>
      <Button variant="default" data-autofocus onClick={() => input.current?.click()}>
        {t("upload.choose")}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t("upload.choose")}
        onChange={(event) => {
          onFiles(event.currentTarget.files ?? []);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}

function Chosen({ items, onRemove }: { items: Item[]; onRemove: (key: string) => void }) {
  const { t, i18n } = useTranslation();
  const problem = useProblemText();
  if (items.length === 0) return null;
  return (
    <ul className={classes.files} aria-live="polite">
      {items.map(({ key, file, state, error }) => (
        <li key={key} data-state={state}>
          <span className={classes.name}>{file.name}</span>
          <span className={classes.hint}>
            {state === "chosen" && size(file.size, i18n.language)}
            {state === "sending" && t("upload.sending")}
            {state === "sent" && (
              <>
                <IconCheck size={16} aria-hidden="true" /> {t("upload.sent")}
              </>
            )}
          </span>
          {(state === "chosen" || state === "failed") && (
            <button type="button" aria-label={t("upload.remove", { name: file.name })} onClick={() => onRemove(key)}>
              <IconX size={18} aria-hidden="true" />
            </button>
          )}
          {state === "failed" && <p role="alert">{problem(error)}</p>}
        </li>
      ))}
    </ul>
  );
}
