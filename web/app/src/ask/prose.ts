import type { Citation } from "@guichet/client";
import type { Sentence } from "./conversation";

export interface CitedSentence {
  key: number;
  text: string;
  citation: Citation | null;
}

/** Sentences that stand in the same document make one paragraph; a table row stands alone. */
export function paragraphs(sentences: readonly Sentence[], citations: readonly Citation[]) {
  const byNumber = new Map(citations.map((citation) => [citation.number, citation]));
  const result: { key: number; document: string | null; sentences: CitedSentence[] }[] = [];
  sentences.forEach(({ text, citation: number }, key) => {
    const citation = byNumber.get(number) ?? null;
    const document = cells(text) ? null : (citation?.document ?? null);
    const last = result.at(-1);
    if (last && document !== null && last.document === document) last.sentences.push({ key, text, citation });
    else result.push({ key, document, sentences: [{ key, text, citation }] });
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
