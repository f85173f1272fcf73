import type { Document, DocumentFilter, DocumentList } from "@guichet/client";
import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../lib/api";

const KEY = "documents";
const POLL_MS = 1200;

export type Filter = Pick<DocumentFilter, "state" | "collection" | "q">;

/** The list under a filter, page by page; it looks again while something is being read. */
export function useDocuments(filter: Filter) {
  return useInfiniteQuery({
    queryKey: [KEY, filter],
    queryFn: ({ pageParam }) => api.documents({ ...filter, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: "",
    getNextPageParam: (last: DocumentList) => last.next_cursor || undefined,
    placeholderData: (previous: InfiniteData<DocumentList, string> | undefined) => previous,
    refetchInterval: ({ state }) => (pendingIn(state.data?.pages[0]?.counts) > 0 ? POLL_MS : false),
  });
}

/** The collections that the newest documents stand in; the API has no list of its own. */
export function useCollections(): string[] {
  const { data } = useQuery({
    queryKey: [KEY, "collections"],
    queryFn: () => api.documents({ limit: 200 }),
    staleTime: 15_000,
  });
  return [...new Set((data?.items ?? []).map(({ collection }) => collection))].sort();
}

export function pendingIn(counts: Record<string, number> | undefined): number {
  return (counts?.queued ?? 0) + (counts?.parsing ?? 0);
}

export type Action = "retry" | "stop" | "remove";

/** Does something to one document, then looks at the list again. */
export function useAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ action, document }: { action: Action; document: Document }) => api[action](document.id),
    onSettled: () => refresh(client),
  });
}

export function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return () => refresh(client);
}

async function refresh(client: ReturnType<typeof useQueryClient>): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: [KEY] }),
    client.invalidateQueries({ queryKey: ["status"] }),
  ]);
}
