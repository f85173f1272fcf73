import type { Block, Span } from "@guichet/client";

/** Part of a block's text; `cited` is what a citation points at. */
export interface Piece {
  text: string;
  cited: boolean;
}

/**
 * Cuts a block where the cited span begins and ends.
 * The server counts Unicode scalar values, JavaScript UTF-16 units: an emoji is one there and two here.
 */
export function pieces(block: Pick<Block, "text" | "span">, cited: Span | null): Piece[] {
  if (!cited || !overlaps(block.span, cited)) return block.text ? [{ text: block.text, cited: false }] : [];
  const characters = Array.from(block.text);
  const start = Math.max(0, cited.start - block.span.start);
  const end = Math.min(characters.length, cited.end - block.span.start);
  const parts: [number, number, boolean][] = [
    [0, start, false],
    [start, end, true],
    [end, characters.length, false],
  ];
  return parts
    .filter(([from, to]) => from < to)
    .map(([from, to, isCited]) => ({ text: characters.slice(from, to).join(""), cited: isCited }));
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The cited words on one page, or on all of them. */
export function citedText(blocks: readonly Block[], cited: Span | null, page?: number | null): string {
  return blocks
    .filter((block) => page == null || block.page === page)
    .flatMap((block) => pieces(block, cited).filter((piece) => piece.cited))
    .map((piece) => piece.text)
    .join(" ");
}

/** The span in an address such as `?start=120&end=260`; anything else is none. */
export function spanOf(params: URLSearchParams): Span | null {
  const start = whole(params.get("start"));
  const end = whole(params.get("end"));
  return start !== null && end !== null && start < end ? { start, end } : null;
}

export function pageOf(params: URLSearchParams): number | null {
  const page = whole(params.get("page"));
  return page && page > 0 ? page : null;
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
