import type { Document } from "@guichet/client";
import { Button, Progress } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Loading } from "../layout/Loading";
import { ErrorNote, Note } from "../layout/Note";
import { openSettings } from "../layout/settingsDoor";
import { useSession } from "../lib/session";
import { usePageTitle } from "../lib/usePageTitle";
import { DeleteDialog } from "./DeleteDialog";
import { DocumentRow } from "./DocumentRow";
import classes from "./DocumentsPage.module.css";
import { Filters } from "./Filters";
import { UploadDialog } from "./UploadDialog";
import { type Action, type Filter, pendingIn, useAction, useDocuments } from "./useDocuments";

const DONE = { retry: "documents.retried", stop: "documents.stoppedDone", remove: "documents.deleted" } as const;

export default function DocumentsPage() {
  const { t } = useTranslation();
  const { token } = useSession();
  const [filter, setFilter] = useState<Filter>({});
  const [uploading, setUploading] = useState(false);
  const [doomed, setDoomed] = useState<Document | null>(null);
  const [said, setSaid] = useState("");
  const list = useDocuments(filter);
  const action = useAction();
  usePageTitle(t("documents.title"));

  const act = (kind: Action, document: Document) => {
    if (kind === "remove" && doomed?.id !== document.id) {
      setDoomed(document);
      return;
    }
    setDoomed(null);
    setSaid("");
    action.mutate({ action: kind, document }, { onSuccess: () => setSaid(t(DONE[kind], { title: document.title })) });
  };

  return (
    <div className={classes.page}>
      <div className={classes.top}>
        <div>
          <h1 className={classes.title}>{t("documents.title")}</h1>
          <p className={classes.lead}>{t("documents.lead")}</p>
        </div>
        {token && (
          <Button size="md" leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setUploading(true)}>
            {t("documents.add")}
          </Button>
        )}
      </div>
      {!token && (
        <Note
          tone="info"
          actions={
            <Button size="sm" variant="default" onClick={openSettings}>
              {t("documents.enterKey")}
            </Button>
          }
        >
          {t("documents.readOnly")}
        </Note>
      )}
      <Pending counts={list.data?.pages[0]?.counts} />
      <Filters filter={filter} counts={list.data?.pages[0]?.counts} onChange={setFilter} />
      <div role="status">{said && <Note tone="good">{said}</Note>}</div>
      {action.error && <ErrorNote error={action.error} />}
      <List list={list} filter={filter} onClear={() => setFilter({})} onAct={act} />
      <UploadDialog opened={uploading} onClose={() => setUploading(false)} />
      <DeleteDialog
        document={doomed}
        onCancel={() => setDoomed(null)}
        onConfirm={(document) => act("remove", document)}
      />
    </div>
  );
}

interface ListProps {
  list: ReturnType<typeof useDocuments>;
  filter: Filter;
  onClear: () => void;
  onAct: (action: Action, document: Document) => void;
}

function List({ list, filter, onClear, onAct }: ListProps) {
  const { t } = useTranslation();
  if (list.isPending) return <Loading />;
  if (list.isError && !list.data) return <ErrorNote error={list.error} onRetry={() => void list.refetch()} />;
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.values(filter).some(Boolean);
  if (items.length === 0 && filtered) {
    return (
      <Note
        tone="info"
        role="status"
        actions={
          <Button size="sm" variant="default" onClick={onClear}>
            {t("documents.clear")}
          </Button>
        }
      >
        {t("documents.none")}
      </Note>
    );
  }
  if (items.length === 0) {
    return (
      <div className={classes.empty}>
        <h2>{t("documents.empty")}</h2>
        <p>{t("documents.emptyText")}</p>
      </div>
    );
  }
  return (
    <>
      {list.isError && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      <ul className={classes.list} aria-label={t("documents.title")} data-testid="documents">
        {items.map((document) => (
          <DocumentRow key={document.id} document={document} onAct={onAct} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("documents.more")}
        </Button>
      )}
    </>
  );
}

function Pending({ counts }: { counts: Record<string, number> | undefined }) {
  const { t } = useTranslation();
  const pending = pendingIn(counts);
  if (!counts || pending === 0) return null;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <div className={classes.pending}>
      <p role="status">{t("documents.pending", { count: pending })}</p>
      <Progress.Root size="sm">
        <Progress.Section value={(100 * (all - pending)) / all} animated aria-label={t("documents.progress")} />
      </Progress.Root>
    </div>
  );
}
