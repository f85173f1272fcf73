import type { Document } from "@guichet/client";
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Note } from "../layout/Note";
import { day, standing } from "../lib/format";

/** Warns when answers do not come from this document: replaced, expired, not yet in force, or not read. */
export function Standing({ document }: { document: Document }) {
  const { t, i18n } = useTranslation();
  const { validity, state } = document;
  const place = standing(validity);
  return (
    <>
      {place === "superseded" && (
        <Note
          tone="warn"
          title={t("reader.supersededTitle")}
          actions={
            <Button component={Link} to={`/documents/${validity.superseded_by}`} size="sm" variant="default">
              {t("reader.openNewer")}
            </Button>
          }
        >
          {t("reader.supersededText")}
        </Note>
      )}
      {place === "expired" && validity.until && (
        <Note tone="warn">{t("reader.expired", { date: day(validity.until, i18n.language) })}</Note>
      )}
      {place === "future" && validity.from && (
        <Note tone="info">{t("reader.future", { date: day(validity.from, i18n.language) })}</Note>
      )}
      {(state === "failed" || state === "needs_ocr" || state === "unsupported" || state === "stopped") && (
        <Note tone={state === "failed" ? "bad" : "warn"} title={t(`documents.states.${state}`)}>
          {t(`documents.explain.${state}`)}
          {document.reason && state !== "stopped" && <span lang="en"> ({document.reason})</span>}
        </Note>
      )}
      {(state === "queued" || state === "parsing") && <Note tone="info">{t(`documents.states.${state}`)}</Note>}
    </>
  );
}
