/** Lets any page open the settings without passing a function through everything between. */
const wanted = new EventTarget();

export function openSettings(): void {
  wanted.dispatchEvent(new Event("open"));
}

export function onSettingsWanted(open: () => void): () => void {
  wanted.addEventListener("open", open);
  return () => wanted.removeEventListener("open", open);
}
