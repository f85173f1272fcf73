import createClient from "openapi-fetch";
import { ApiError } from "./problem";
import type { components, paths } from "./schema";
import { readEvents } from "./sse";

export { ApiError, type Problem } from "./problem";

type Schemas = components["schemas"];
export type Answer = Schemas["Answer"];
export type AnswerSentence = Schemas["AnswerSentence"];
export type Block = Schemas["BlockView"];
export type Citation = Schemas["Citation"];
export type Document = Schemas["Document"];
export type DocumentContent = Schemas["ContentView"];
export type DocumentList = Schemas["DocumentList"];
export type DocumentState = Schemas["DocumentState"];
export type Passage = Schemas["Passage"];
export type Span = Schemas["Span"];
export type Status = Schemas["Status"];
export type Validity = Schemas["Validity"];

export interface DocumentFilter {
  state?: DocumentState;
  collection?: string;
  q?: string;
  cursor?: string;
  limit?: number;
}

export interface Upload {
  file: File;
  collection?: string;
  audience: string[];
}

/** What the server says while it answers, in this order: passages, sentences, the whole answer. */
export type AnswerEvent =
  | { type: "retrieval"; passages: Passage[] }
  | { type: "sentence"; text: string; citation: Citation }
  | { type: "done"; answer: Answer };

export interface ClientOptions {
  /** Empty for the page's own origin. */
  baseUrl?: string;
  /** The local token, read at every call. */
  token?: () => string | null;
}

/** Every call throws an {@link ApiError}. */
export function createGuichetClient({ baseUrl = "", token = () => null }: ClientOptions = {}) {
  const api = createClient<paths>({ baseUrl, fetch: reach });

  function authorization(): Record<string, string> {
    const key = token();
    return key ? { Authorization: `Bearer ${key}` } : {};
  }

  return {
    async status(): Promise<Status> {
      return unwrap(await api.GET("/api/v1/status", { headers: authorization() }));
    },

    async documents(filter: DocumentFilter = {}): Promise<DocumentList> {
      return unwrap(await api.GET("/api/v1/documents", { params: { query: filter }, headers: authorization() }));
    },

    async document(id: string): Promise<Document> {
      return unwrap(await api.GET("/api/v1/documents/{id}", { params: { path: { id } }, headers: authorization() }));
    },

    async content(id: string): Promise<DocumentContent> {
      const params = { path: { id } };
      return unwrap(await api.GET("/api/v1/documents/{id}/content", { params, headers: authorization() }));
    },

    /** Where the original file is, and the headers that open it. */
    file(id: string): { url: string; headers: Record<string, string> } {
      return { url: `${baseUrl}/api/v1/documents/${encodeURIComponent(id)}/file`, headers: authorization() };
    },

    async download(id: string): Promise<Blob> {
      const { url, headers } = this.file(id);
      const response = await reach(url, { headers });
      if (!response.ok) throw await ApiError.fromResponse(response);
      return response.blob();
    },

    async upload({ file, collection, audience }: Upload): Promise<Document> {
      const body = new FormData();
      if (collection) body.append("collection", collection);
      for (const grant of audience) body.append("audience", grant);
      body.append("file", file, file.name);
      const response = await reach(`${baseUrl}/api/v1/documents`, { method: "POST", headers: authorization(), body });
      if (!response.ok) throw await ApiError.fromResponse(response);
      return (await response.json()) as Document;
    },

    async retry(id: string): Promise<void> {
      const params = { path: { id } };
      check(await api.POST("/api/v1/documents/{id}/retry", { params, headers: authorization() }));
    },

    async stop(id: string): Promise<void> {
      const params = { path: { id } };
      check(await api.POST("/api/v1/documents/{id}/stop", { params, headers: authorization() }));
    },

    async remove(id: string): Promise<void> {
      const params = { path: { id } };
      check(await api.DELETE("/api/v1/documents/{id}", { params, headers: authorization() }));
    },

    /** Asks on behalf of somebody who holds `grants`; the server heeds them only beside the token. */
    async *ask(question: string, grants: string[], signal: AbortSignal): AsyncGenerator<AnswerEvent> {
      const key = token();
      const response = await reach(`${baseUrl}/api/v1/answers`, {
        method: "POST",
        headers: {
          Accept: "text/event-stream",
          "Content-Type": "application/json",
          ...authorization(),
          ...(key ? { "Guichet-As": grants.join(",") } : {}),
        },
        body: JSON.stringify({ question }),
        signal,
      });
      if (!response.ok) throw await ApiError.fromResponse(response);
      if (!response.body) throw new ApiError("unreadable", response.status, "the answer is empty");
      let finished = false;
      for await (const { event, data } of readEvents(response.body)) {
        const value = JSON.parse(data);
        if (event === "retrieval") yield { type: "retrieval", passages: value.passages ?? value };
        if (event === "sentence") yield { type: "sentence", text: value.text, citation: value.citation };
        if (event === "error") throw ApiError.fromBody(value.status ?? 500, value);
        if (event === "done") {
          finished = true;
          yield { type: "done", answer: value };
        }
      }
      if (!finished) throw ApiError.offline("the answer stopped half-way");
    },
  };
}

export type GuichetClient = ReturnType<typeof createGuichetClient>;

async function reach(input: Request | string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw ApiError.offline(cause);
  }
}

function unwrap<T>(result: { data?: T; error?: unknown; response: Response }): T {
  check(result);
  if (result.data === undefined) throw ApiError.fromBody(result.response.status, null);
  return result.data;
}

function check(result: { error?: unknown; response: Response }): void {
  if (!result.response.ok) throw ApiError.fromBody(result.response.status, result.error);
}
