import type { Document } from "@guichet/client";
import { useTranslation } from "react-i18next";
import { audienceText, day, size, validityText } from "../lib/format";
import classes from "./ReaderPage.module.css";

/** What one must know of a document before trusting it; what is unknown is said to be. */
export function Facts({ document }: { document: Document }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const kind = [
    t(`formats.${document.format}`),
    document.pages ? t("facts.pages", { count: document.pages }) : null,
    size(document.bytes, language),
  ];
  const facts: [string, string][] = [
    [t("facts.dated"), document.date ? day(document.date, language) : t("facts.unknown")],
    [t("facts.validity"), validityText(document.validity, t, language)],
    [t("facts.audience"), audienceText(document.audience, t)],
    [t("facts.collection"), document.collection],
    [t("facts.format"), kind.filter(Boolean).join(", ")],
    [t("facts.language"), t(`languages.${document.language}`)],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
