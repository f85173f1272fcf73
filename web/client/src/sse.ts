/** One event of a `text/event-stream` body. */
export interface ServerEvent {
  event: string;
  data: string;
}

/**
 * Reads server-sent events from a response body, however the network cuts it.
 * `EventSource` cannot post a question nor carry a token, hence this reader.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      // A carriage return at the very end may be the first half of a line break.
      const held = !done && rest.endsWith("\r") ? "\r" : "";
      const text = rest.slice(0, rest.length - held.length).replace(/\r\n?/g, "\n");
      const parts = text.split("\n\n");
      rest = (parts.pop() ?? "") + held;
      for (const part of parts) {
        const event = parseEvent(part);
        if (event) yield event;
      }
      if (done) {
        const last = parseEvent(rest);
        if (last) yield last;
        return;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseEvent(text: string): ServerEvent | null {
  let event = "message";
  const data: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith(":")) continue;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 ? { event, data: data.join("\n") } : null;
}
