import { describe, expect, it } from "vitest";
import { readEvents, type ServerEvent } from "./sse";

function stream(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function collect(body: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe("readEvents", () => {
  it("reads events wherever the network cuts them, even inside a letter or a line break", async () => {
    const all = bytes("event: sentence\r\ndata: été\r\n\r\n: keep-alive\n\nevent: done\ndata: {\ndata: }\n\n");
    const expected = [
      { event: "sentence", data: "été" },
      { event: "done", data: "{\n}" },
    ];
    for (let cut = 0; cut <= all.length; cut += 1) {
      expect(await collect(stream(all.slice(0, cut), all.slice(cut)))).toEqual(expected);
    }
  });

  it("keeps a last event that no blank line ends", async () => {
    expect(await collect(stream(bytes("data: end")))).toEqual([{ event: "message", data: "end" }]);
  });

  it("ignores events without data", async () => {
    expect(await collect(stream(bytes("event: nothing\n\n")))).toEqual([]);
  });
});
