import { createGuichetClient } from "@guichet/client";
import { QueryClient, useQuery } from "@tanstack/react-query";
import { currentSession } from "./session";

export const api = createGuichetClient({ token: () => currentSession().token });

export const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, retryDelay: 400, staleTime: 5_000, networkMode: "always" } },
});

export function useStatus() {
  return useQuery({ queryKey: ["status"], queryFn: () => api.status(), staleTime: 30_000 });
}
