/** A counter's window: the arch, a page behind it, and the sill in marker yellow. */
export function Logo({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M5 27V15a11 11 0 0 1 22 0v12z" fill="var(--mantine-primary-color-filled)" />
      <path d="M9.5 22v-7a6.5 6.5 0 0 1 13 0v7z" fill="var(--mantine-color-body)" />
      <path
        d="M12.5 15.5h7M12.5 19h4.5"
        stroke="var(--mantine-primary-color-filled)"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
      <path d="M3 25.5h26v3.5H3z" fill="var(--marker)" />
    </svg>
  );
}
