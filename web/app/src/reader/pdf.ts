import {
  GlobalWorkerOptions,
  getDocument,
  type PageViewport,
  type PDFDocumentProxy,
  type PDFPageProxy,
} from "pdfjs-dist/legacy/build/pdf.mjs";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { locate } from "./locate";

GlobalWorkerOptions.workerSrc = workerUrl;

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Opens a PDF; everything it may need comes from our own origin, and nothing in it is evaluated. */
export function openPdf({ url, headers }: { url: string; headers: Record<string, string> }) {
  return getDocument({
    url,
    httpHeaders: headers,
    isEvalSupported: false,
    enableXfa: false,
    useWasm: false,
    wasmUrl: "/pdf/wasm/",
    standardFontDataUrl: "/pdf/standard_fonts/",
  });
}

export type { PDFDocumentProxy };

/** Draws a page as wide as asked; gives the drawn size in CSS pixels and the boxes of the quoted words. */
export async function drawPage(
  page: PDFPageProxy,
  canvas: HTMLCanvasElement,
  width: number,
  quote: string,
): Promise<{ viewport: PageViewport; boxes: Box[] }> {
  const natural = page.getViewport({ scale: 1 });
  const viewport = page.getViewport({ scale: width / natural.width });
  const density = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.floor(viewport.width * density);
  canvas.height = Math.floor(viewport.height * density);
  const transform = density === 1 ? undefined : [density, 0, 0, density, 0, 0];
  await page.render({ canvas, viewport, ...(transform ? { transform } : {}) }).promise;
  return { viewport, boxes: quote ? await quoteBoxes(page, viewport, quote) : [] };
}

async function quoteBoxes(page: PDFPageProxy, viewport: PageViewport, quote: string): Promise<Box[]> {
  const { items } = await page.getTextContent();
  const words = items.filter((item) => "str" in item);
  return locate(
    words.map(({ str }) => str),
    quote,
  ).flatMap(({ index, from, to }) => {
    const item = words[index];
    if (!item || item.width <= 0) return [];
    const [, , , , x = 0, y = 0] = item.transform as number[];
    const begin = x + item.width * from;
    const finish = x + item.width * to;
    // A little below the base line, for the letters that hang.
    const corners = [
      ...viewport.convertToViewportPoint(begin, y - item.height * 0.22),
      ...viewport.convertToViewportPoint(finish, y + item.height * 0.92),
    ] as [number, number, number, number];
    const [left, right] = [Math.min(corners[0], corners[2]), Math.max(corners[0], corners[2])];
    const [top, bottom] = [Math.min(corners[1], corners[3]), Math.max(corners[1], corners[3])];
    return [{ left, top, width: right - left, height: bottom - top }];
  });
}
