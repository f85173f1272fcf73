import type { Document } from "@guichet/client";
import { ActionIcon } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClockPause,
  IconFileUnknown,
  IconHandStop,
  IconLoader,
  IconPlayerStop,
  IconRefresh,
  IconScan,
  IconTrash,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { audienceText, dateText, standing, validityText } from "../lib/format";
import { useSession } from "../lib/session";
import classes from "./DocumentRow.module.css";
import type { Action } from "./useDocuments";

const ICONS = {
  queued: IconClockPause,
  parsing: IconLoader,
  indexed: IconCircleCheck,
  failed: IconAlertTriangle,
  needs_ocr: IconScan,
  unsupported: IconFileUnknown,
  stopped: IconHandStop,
} as const;

const TONES = {
  queued: "calm",
  parsing: "calm",
  indexed: "good",
  failed: "bad",
  needs_ocr: "warn",
  unsupported: "warn",
  stopped: "calm",
} as const;

const RETRIABLE = ["failed", "needs_ocr", "unsupported", "stopped"];

interface DocumentRowProps {
  document: Document;
  onAct: (action: Action, document: Document) => void;
}

export function DocumentRow({ document, onAct }: DocumentRowProps) {
  const { t, i18n } = useTranslation();
  const { state, title } = document;
  const Icon = ICONS[state];
  const old = standing(document.validity);
  const facts = [
    t(`formats.${document.format}`),
    document.pages ? t("facts.pages", { count: document.pages }) : null,
    document.collection,
    audienceText(document.audience, t),
  ].filter(Boolean);
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <h2 className={classes.title}>
          <Link to={`/documents/${document.id}`} lang={document.language === "other" ? undefined : document.language}>
            {title}
          </Link>
        </h2>
        <p className={classes.facts}>{facts.join(" · ")}</p>
        <p className={classes.facts}>
          {dateText(document.date, t, i18n.language)} · {validityText(document.validity, t, i18n.language)}
        </p>
        <Explanation document={document} />
      </div>
      <div className={classes.state}>
        <span className={classes.badge} data-tone={TONES[state]} data-state={state}>
          <Icon size={16} stroke={1.9} aria-hidden="true" />
          {t(`documents.states.${state}`)}
        </span>
        {(old === "superseded" || old === "expired") && (
          <span className={classes.badge} data-tone="calm">
            {t(`documents.${old}`)}
          </span>
        )}
      </div>
      <Actions document={document} onAct={onAct} />
    </li>
  );
}

/** Why a document is not ready. The server's reason is in English, for whoever looks after it. */
function Explanation({ document }: { document: Document }) {
  const { t } = useTranslation();
  const { state, reason } = document;
  if (state !== "failed" && state !== "needs_ocr" && state !== "unsupported" && state !== "stopped") return null;
  return (
    <p className={classes.why}>
      {t(`documents.explain.${state}`)}
      {reason && state !== "stopped" && (
        <>
          {" "}
          <span lang="en">({reason})</span>
        </>
      )}
      {document.version > 0 && <> — {t("documents.stillOld")}</>}
    </p>
  );
}

function Actions({ document, onAct }: DocumentRowProps) {
  const { t } = useTranslation();
  const { token } = useSession();
  if (!token) return null;
  const button = (action: Action, text: string, icon: React.ReactNode) => (
    <ActionIcon
      size={40}
      variant="subtle"
      color="gray"
      className={classes.action}
      title={text}
      aria-label={`${text} — ${document.title}`}
      onClick={() => onAct(action, document)}
    >
      {icon}
    </ActionIcon>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div className={classes.actions} role="group" aria-label={t("documents.actions", { title: document.title })}>
      {RETRIABLE.includes(document.state) &&
        button("retry", t("documents.retry"), <IconRefresh size={20} stroke={1.7} aria-hidden="true" />)}
      {document.state === "queued" &&
        button("stop", t("documents.stop"), <IconPlayerStop size={20} stroke={1.7} aria-hidden="true" />)}
      {button("remove", t("documents.delete"), <IconTrash size={20} stroke={1.7} aria-hidden="true" />)}
    </div>
  );
}
