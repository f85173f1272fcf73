import type { Citation } from "@guichet/client";
import type { Sentence } from "./conversation";

export interface CitedSentence {
  key: number;
  text: string;
  citation: Citation | null;
}

export interface Paragraph {
  key: number;
  /** The column names of rows of one table; null for prose, and for a row whose cells have no names. */
  header: string[] | null;
  sentences: CitedSentence[];
}

/** Sentences of one document make one paragraph, rows of one table make a table, and any other row stands alone. */
export function paragraphs(sentences: readonly Sentence[], citations: readonly Citation[]): Paragraph[] {
  const byNumber = new Map(citations.map((citation) => [citation.number, citation]));
  const result: Paragraph[] = [];
  let kind: string | null = null;
  sentences.forEach(({ text, citation: number }, key) => {
    const citation = byNumber.get(number) ?? null;
    const row = cells(text);
    const names = row?.map(({ name }) => name) ?? [];
    const header = names.length > 0 && names.every((name) => name !== null) ? names : null;
    const joins = citation !== null && (row === null || header !== null);
    const next = joins ? JSON.stringify([citation.document, header]) : null;
    const last = result.at(-1);
    if (last && next !== null && next === kind) last.sentences.push({ key, text, citation });
    else result.push({ key, header, sentences: [{ key, text, citation }] });
    kind = next;
  });
  return result;
}

/** The cells of a table row such as `Day: Monday | Room: B12`; null for prose. */
export function cells(text: string): { name: string | null; value: string }[] | null {
  const parts = text.split(" | ");
  if (parts.length < 2) return null;
  return parts.map((part) => {
    const pair = /^([^:]{1,60}): (.*)$/s.exec(part);
    return pair ? { name: pair[1] ?? null, value: pair[2] ?? "" } : { name: null, value: part };
  });
}

/** Plain text to paste in a mail: the answer, then its numbered sources with their addresses. */
export function copyText(sentences: readonly Sentence[], citations: readonly Citation[], origin: string): string {
  const answer = sentences.map(({ text, citation }) => `${text} [${citation}]`).join(" ");
  const sources = citations.map(({ number, title, page, uri }) => {
    const place = page ? `${title}, p. ${page}` : title;
    return `[${number}] ${place}\n    ${new URL(uri, origin).href}`;
  });
  return [answer, "", ...sources].join("\n");
}
