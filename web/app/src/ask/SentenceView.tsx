import type { Citation } from "@guichet/client";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import classes from "./AnswerView.module.css";
import { cells } from "./prose";

interface SentenceViewProps {
  text: string;
  citation: Citation | null;
  /** Says which source the pointer or the focus is on. */
  onPoint: (number: number | null) => void;
}

export function SentenceView({ text, citation, onPoint }: SentenceViewProps) {
  const row = cells(text);
  const marker = citation && <Marker citation={citation} onPoint={onPoint} />;
  if (!row) {
    const [, start = "", last = text] = /^(.*\s)?(\S+)$/s.exec(text.trim()) ?? [];
    return (
      <>
        {start}
        <span className={classes.end}>
          {last} {marker}
        </span>{" "}
      </>
    );
  }
  return (
    <div className={classes.row}>
      <dl>
        {row.map(({ name, value }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the cells of one row never move
          <div key={index}>
            <dt className={name ? undefined : "visually-hidden"}>{name ?? "–"}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {marker}
    </div>
  );
}

function Marker({ citation, onPoint }: { citation: Citation; onPoint: (number: number | null) => void }) {
  const { t } = useTranslation();
  const { number, title, page, uri } = citation;
  const label = page ? t("ask.sourceLinkPage", { number, title, page }) : t("ask.sourceLink", { number, title });
  return (
    <Link
      to={uri}
      className={classes.marker}
      aria-label={label}
      title={label}
      onMouseEnter={() => onPoint(number)}
      onMouseLeave={() => onPoint(null)}
      onFocus={() => onPoint(number)}
      onBlur={() => onPoint(null)}
    >
      {number}
    </Link>
  );
}
