import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle, IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { needsKey, useProblemText } from "../lib/useProblemText";
import classes from "./Note.module.css";
import { openSettings } from "./settingsDoor";

type Tone = "info" | "warn" | "bad" | "good";

const ICONS = { info: IconInfoCircle, warn: IconAlertTriangle, bad: IconPlugConnectedX, good: IconCircleCheck };

interface NoteProps {
  tone: Tone;
  title?: string;
  children?: ReactNode;
  actions?: ReactNode;
  role?: "alert" | "status";
}

export function Note({ tone, title, children, actions, role }: NoteProps) {
  const Icon = ICONS[tone];
  return (
    <div className={`${classes.note} ${classes[tone]}`} role={role}>
      <Icon size={20} stroke={1.8} aria-hidden="true" />
      <div className={classes.body}>
        {title && <div className={classes.title}>{title}</div>}
        {children}
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
    </div>
  );
}

/** A failure, what to do about it, and the button that does it. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  return (
    <Note
      tone="bad"
      role="alert"
      actions={
        <>
          {onRetry && (
            <Button size="sm" variant="default" onClick={onRetry}>
              {t("app.retry")}
            </Button>
          )}
          {needsKey(error) && (
            <Button size="sm" variant="default" onClick={openSettings}>
              {t("errors.settings")}
            </Button>
          )}
        </>
      }
    >
      {text(error)}
    </Note>
  );
}
