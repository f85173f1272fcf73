import type { Citation, Passage } from "@guichet/client";
import { IconArrowRight, IconCalendar, IconClockHour4 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { dateText, match, standing, validityText } from "../lib/format";
import classes from "./SourceCard.module.css";

/** The proof of a sentence: where it stands, from when it is, and how close it is to the question. */
export function CitationCard({ citation, pointed }: { citation: Citation; pointed: boolean }) {
  return (
    <Card source={citation} pointed={pointed} number={citation.number}>
      <mark>{citation.quote}</mark>
    </Card>
  );
}

/** A passage that was found and not cited. Its score only ranks it within its list, so it is not put into words. */
export function PassageCard({ passage }: { passage: Passage }) {
  const text = passage.text.length > 320 ? `${passage.text.slice(0, 320).trimEnd()}…` : passage.text;
  return (
    <Card source={passage} pointed={false} number={null} language={passage.language}>
      {text}
    </Card>
  );
}

interface CardProps {
  source: Citation | Passage;
  number: number | null;
  pointed: boolean;
  language?: string;
  children: React.ReactNode;
}

function Card({ source, number, pointed, language, children }: CardProps) {
  const { t, i18n } = useTranslation();
  const strength = match(source.score);
  const headings = source.headings.filter((heading) => heading !== source.title);
  const old = standing(source.validity) !== "current";
  return (
    <article className={classes.card} data-pointed={pointed || undefined}>
      <div className={classes.head}>
        {number !== null && (
          <span className={classes.number} aria-hidden="true">
            {number}
          </span>
        )}
        <div className={classes.where}>
          <h3 className={classes.title}>{source.title}</h3>
          <p className={classes.path}>
            {[source.page ? t("facts.page", { page: source.page }) : null, ...headings].filter(Boolean).join(" › ")}
          </p>
        </div>
      </div>
      <blockquote className={classes.quote} lang={language === "other" ? undefined : language}>
        {children}
      </blockquote>
      <ul className={classes.facts}>
        <li>
          <IconCalendar size={16} stroke={1.7} aria-hidden="true" />
          {dateText(source.date, t, i18n.language)}
        </li>
        <li data-old={old || undefined}>
          <IconClockHour4 size={16} stroke={1.7} aria-hidden="true" />
          {validityText(source.validity, t, i18n.language)}
        </li>
        {number !== null && (
          <li>
            <span className={classes.bars} data-strength={strength} aria-hidden="true">
              <i />
              <i />
              <i />
              <i />
            </span>
            {t(`match.${strength}`)}
          </li>
        )}
      </ul>
      <Link
        className={classes.open}
        to={source.uri}
        aria-label={`${t("ask.open")} — ${t("ask.openAt", { title: source.title })}`}
      >
        {t("ask.open")}
        <IconArrowRight size={17} stroke={2} aria-hidden="true" />
      </Link>
    </article>
  );
}
