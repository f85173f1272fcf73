import type { Block, Document } from "@guichet/client";
import { ApiError } from "@guichet/client";
import { Button, Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowLeft, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Loading } from "../layout/Loading";
import { ErrorNote, Note } from "../layout/Note";
import { openSettings } from "../layout/settingsDoor";
import { api } from "../lib/api";
import { citedText, overlaps, pageOf, spanOf } from "../lib/passage";
import { useSession } from "../lib/session";
import { usePageTitle } from "../lib/usePageTitle";
import { Facts } from "./Facts";
import classes from "./ReaderPage.module.css";
import { Standing } from "./Standing";
import { TextView } from "./TextView";

const PdfView = lazy(() => import("./PdfView"));

export default function ReaderPage() {
  const { id = "" } = useParams();
  const { token } = useSession();
  const document = useQuery({ queryKey: ["document", id, token], queryFn: () => api.document(id) });
  const searchable = (document.data?.version ?? 0) > 0;
  const content = useQuery({
    queryKey: ["content", id, token, document.data?.version],
    queryFn: () => api.content(id),
    enabled: searchable,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (document.isPending) return <Loading />;
  if (document.isError) return <Missing error={document.error} onRetry={() => void document.refetch()} />;
  return (
    <div className={classes.page}>
      <Head document={document.data} />
      {content.isError && <ErrorNote error={content.error} onRetry={() => void content.refetch()} />}
      {searchable && content.isPending && <Loading />}
      {(content.data || !searchable) && <Body document={document.data} blocks={content.data?.blocks ?? []} />}
    </div>
  );
}

function Head({ document }: { document: Document }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [failure, setFailure] = useState<unknown>(null);
  usePageTitle(document.title);
  const back = () => (window.history.state?.idx > 0 ? navigate(-1) : navigate("/documents"));
  const download = () => {
    setFailure(null);
    save(document).catch(setFailure);
  };
  return (
    <div className={classes.head}>
      <div className={classes.tools}>
        <Button variant="subtle" leftSection={<IconArrowLeft size={18} aria-hidden="true" />} onClick={back}>
          {t("reader.back")}
        </Button>
        <Button variant="default" leftSection={<IconDownload size={18} aria-hidden="true" />} onClick={download}>
          {t("reader.download")}
        </Button>
      </div>
      <h1 className={classes.title} lang={document.language === "other" ? undefined : document.language}>
        {document.title}
      </h1>
      <Facts document={document} />
      <Standing document={document} />
      {failure !== null && <ErrorNote error={failure} onRetry={download} />}
    </div>
  );
}

function Body({ document, blocks }: { document: Document; blocks: Block[] }) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const wide = useMediaQuery("(min-width: 64em)", undefined, { getInitialValueInEffect: false });
  const address = params.toString();
  const { cited, page, quote } = useMemo(() => {
    const place = new URLSearchParams(address);
    const span = spanOf(place);
    const first = span && blocks.find((block) => overlaps(block.span, span));
    const at = first?.page ?? pageOf(place);
    return { cited: span, page: at, quote: citedText(blocks, span, at) };
  }, [address, blocks]);
  const text = <TextView key={address} blocks={blocks} cited={cited} page={page} language={document.language} />;
  if (document.format !== "pdf") return <div className={classes.single}>{text}</div>;
  const original = (
    <Suspense fallback={<Loading />}>
      <PdfView key={`${document.id}?${address}`} id={document.id} page={page ?? 1} quote={quote} />
    </Suspense>
  );
  if (blocks.length === 0) return <div className={classes.single}>{original}</div>;
  if (wide) {
    return (
      <div className={classes.panes}>
        <section className={classes.original} aria-label={t("reader.original")}>
          {original}
        </section>
        <section aria-label={t("reader.text")}>{text}</section>
      </div>
    );
  }
  return (
    <Tabs defaultValue="text" keepMounted={false}>
      <Tabs.List grow mb="lg">
        <Tabs.Tab value="text">{t("reader.text")}</Tabs.Tab>
        <Tabs.Tab value="original">{t("reader.original")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="text">{text}</Tabs.Panel>
      <Tabs.Panel value="original">{original}</Tabs.Panel>
    </Tabs>
  );
}

function Missing({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const missing = error instanceof ApiError && error.code === "not_found";
  usePageTitle(t("documents.title"));
  return (
    <div className={classes.single}>
      <h1 className={classes.title}>{t("documents.title")}</h1>
      {missing ? (
        <Note
          tone="warn"
          role="alert"
          title={t("reader.missing")}
          actions={
            <>
              <Button component={Link} to="/documents" size="sm" variant="default">
                {t("documents.title")}
              </Button>
              <Button size="sm" variant="default" onClick={openSettings}>
                {t("errors.settings")}
              </Button>
            </>
          }
        >
          {t("reader.missingHint")}
        </Note>
      ) : (
        <ErrorNote error={error} onRetry={onRetry} />
      )}
    </div>
  );
}

/** A plain link could not carry the key, so the file comes by way of a blob. */
async function save(document: Document): Promise<void> {
  const url = URL.createObjectURL(await api.download(document.id));
  const link = window.document.createElement("a");
  link.href = url;
  link.download = document.origin.split(/[/\\]/).at(-1) || document.title;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
