export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden style={{ flex: "none" }}>
      <rect width="32" height="32" rx="8" fill="#1d3fbb" />
      <path d="M9 24V8h8.2a5.4 5.4 0 0 1 0 10.8H13" fill="none" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="22.6" cy="23.4" r="2.2" fill="#7ce0c3" />
    </svg>
  );
}
