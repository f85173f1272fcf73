import { ActionIcon, Button } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Note } from "../layout/Note";
import { api } from "../lib/api";
import classes from "./PdfView.module.css";
import { type Box, drawPage, openPdf, type PDFDocumentProxy } from "./pdf";

interface PdfViewProps {
  id: string;
  /** The page that is cited. */
  page: number;
  /** The cited words, marked on that page where they are found. */
  quote: string;
}

/** One page of the original, as it was printed. */
export default function PdfView({ id, page: citedPage, quote }: PdfViewProps) {
  const { t } = useTranslation();
  const { pdf, failed, retry } = usePdf(id);
  const [wanted, setPage] = useState(citedPage);
  const { ref, width } = useElementSize();
  const pages = pdf?.numPages ?? 0;
  const page = pages ? Math.min(wanted, pages) : wanted;

  if (failed) {
    return (
      <Note
        tone="warn"
        actions={
          <Button size="sm" variant="default" onClick={retry}>
            {t("app.retry")}
          </Button>
        }
      >
        {t("reader.pdfFailed")}
      </Note>
    );
  }
  return (
    <div className={classes.view}>
      <div className={classes.bar}>
        <Turn text={t("reader.previousPage")} disabled={page <= 1} onClick={() => setPage(page - 1)}>
          <IconChevronLeft size={20} aria-hidden="true" />
        </Turn>
        <span role="status">{pages ? t("reader.pageOf", { page, pages }) : t("reader.pdfLoading")}</span>
        <Turn text={t("reader.nextPage")} disabled={page >= pages} onClick={() => setPage(page + 1)}>
          <IconChevronRight size={20} aria-hidden="true" />
        </Turn>
      </div>
      <div ref={ref} className={classes.sheet}>
        {pdf && width > 0 && (
          <Sheet pdf={pdf} page={page} width={Math.floor(width)} quote={page === citedPage ? quote : ""} />
        )}
      </div>
    </div>
  );
}

function Sheet({ pdf, page, width, quote }: { pdf: PDFDocumentProxy; page: number; width: number; quote: string }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLDivElement>(null);
  const [boxes, setBoxes] = useState<Box[]>([]);
  const [drawn, setDrawn] = useState(0);

  useEffect(() => {
    let wanted = true;
    // A fresh canvas for each drawing: two on the same one would mix.
    const next = document.createElement("canvas");
    const draw = async () => {
      const result = await drawPage(await pdf.getPage(page), next, width, quote);
      if (!wanted) return;
      canvas.current?.replaceChildren(next);
      setBoxes(result.boxes);
      setDrawn(page);
    };
    draw().catch((error: unknown) => {
      if (wanted) console.warn("page not drawn", error);
    });
    return () => {
      wanted = false;
    };
  }, [pdf, page, width, quote]);

  return (
    <div className={classes.page} data-drawn={drawn || undefined}>
      <div ref={canvas} role="img" aria-label={t("reader.canvas", { page })} />
      {drawn === page &&
        boxes.map((box, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: drawn anew together
          <div key={index} className={classes.box} style={box} />
        ))}
    </div>
  );
}

interface TurnProps {
  text: string;
  disabled: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Turn({ text, disabled, onClick, children }: TurnProps) {
  return (
    <ActionIcon size={40} variant="subtle" aria-label={text} title={text} disabled={disabled} onClick={onClick}>
      {children}
    </ActionIcon>
  );
}

function usePdf(id: string) {
  const [pdf, setPdf] = useState<PDFDocumentProxy | null>(null);
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt opens it again
  useEffect(() => {
    const task = openPdf(api.file(id));
    let open = true;
    task.promise.then(
      (found) => open && setPdf(found),
      () => open && setFailed(true),
    );
    return () => {
      open = false;
      setPdf(null);
      void task.destroy();
    };
  }, [id, attempt]);
  const retry = () => {
    setFailed(false);
    setAttempt(attempt + 1);
  };
  return { pdf, failed, retry };
}
