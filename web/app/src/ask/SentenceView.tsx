import type { Citation } from "@guichet/client";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import classes from "./AnswerView.module.css";
import { cells, type Paragraph } from "./prose";

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

/** Several rows of one table, each with its source. */
export function RowsView({ paragraph, onPoint }: { paragraph: Paragraph; onPoint: (number: number | null) => void }) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus
    <div className={classes.table} role="group" aria-label={t("reader.tables")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {paragraph.header?.map((name, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
              <th key={column} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">{t("ask.sources")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {paragraph.sentences.map(({ key, text, citation }) => (
            <tr key={key}>
              {cells(text)?.map(({ value }, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                <td key={column}>{value}</td>
              ))}
              <td>{citation && <Marker citation={citation} onPoint={onPoint} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
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
