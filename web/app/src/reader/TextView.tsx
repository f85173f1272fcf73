import type { Block, Span } from "@guichet/client";
import { Button } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconHighlight } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Section, sections } from "../lib/layout";
import { overlaps } from "../lib/passage";
import { Blocks } from "./Blocks";
import classes from "./TextView.module.css";

interface TextViewProps {
  blocks: Block[];
  cited: Span | null;
  /** Where to begin when no passage is cited. */
  page: number | null;
  language: string;
}

/** Sections drawn before one asks for more: a document of 10,000 pages must not freeze the tab. */
const BEFORE = 4;
const AFTER = 12;
const MORE = 15;

export function TextView({ blocks, cited, page, language }: TextViewProps) {
  const { t } = useTranslation();
  const all = useMemo(() => sections(blocks), [blocks]);
  const target = useMemo(() => targetOf(all, cited, page), [all, cited, page]);
  const [range, setRange] = useState({ from: Math.max(0, target - BEFORE), to: target + AFTER });
  const root = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (showPassage(root.current)) return;
    if (page !== null) root.current?.querySelector(`[data-section="${target}"]`)?.scrollIntoView();
  }, [target, page]);

  if (all.length === 0) return <p>{t("reader.noText")}</p>;
  const shown = all.slice(range.from, range.to);
  const hasPassage = cited !== null && all[target]?.blocks.some((block) => overlaps(block.span, cited));
  return (
    <div ref={root} className={classes.text} lang={language === "other" ? undefined : language}>
      {hasPassage && (
        <div className={classes.jump}>
          <Button
            size="sm"
            variant="default"
            leftSection={<IconHighlight size={17} aria-hidden="true" />}
            onClick={() => showPassage(root.current)}
          >
            <Own>{t("reader.toPassage")}</Own>
          </Button>
        </div>
      )}
      {range.from > 0 && (
        <More
          icon={<IconArrowUp size={17} aria-hidden="true" />}
          text={t("reader.earlier")}
          onClick={() => setRange({ ...range, from: Math.max(0, range.from - MORE) })}
        />
      )}
      {shown.map((section) => (
        <div key={section.key} className={classes.section} data-section={section.key}>
          <h2 className={section.page !== null || all.length > 1 ? classes.page : "visually-hidden"}>
            <Own>{name(section, all, t)}</Own>
          </h2>
          <Blocks blocks={section.blocks} cited={cited} />
        </div>
      ))}
      {range.to < all.length && (
        <More
          icon={<IconArrowDown size={17} aria-hidden="true" />}
          text={t("reader.later")}
          onClick={() => setRange({ ...range, to: range.to + MORE })}
        />
      )}
    </div>
  );
}

function More({ icon, text, onClick }: { icon: React.ReactNode; text: string; onClick: () => void }) {
  return (
    <Button variant="default" leftSection={icon} onClick={onClick}>
      <Own>{text}</Own>
    </Button>
  );
}

/** The page's own words among the document's, which may be in another language. */
function Own({ children }: { children: string }) {
  const { i18n } = useTranslation();
  return <span lang={i18n.language}>{children}</span>;
}

/** Brings the cited words into view and the focus with them; false where there are none. */
function showPassage(text: HTMLElement | null): boolean {
  const mark = text?.querySelector<HTMLElement>("mark[data-first]");
  if (!mark) return false;
  mark.focus({ preventScroll: true });
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  mark.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  return true;
}

function targetOf(all: Section[], cited: Span | null, page: number | null): number {
  const bySpan = cited ? all.findIndex(({ blocks }) => blocks.some((block) => overlaps(block.span, cited))) : -1;
  if (bySpan >= 0) return bySpan;
  return Math.max(0, page === null ? 0 : all.findIndex((section) => section.page === page));
}

function name(section: Section, all: Section[], t: ReturnType<typeof useTranslation>["t"]): string {
  if (section.page !== null) return t("reader.pageHeading", { page: section.page });
  return all.length > 1 ? t("reader.part", { part: section.key + 1 }) : t("reader.text");
}
