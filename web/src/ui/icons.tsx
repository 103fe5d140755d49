/** Drawn on a grid of 20, one line of 1.5. */
const PATHS = {
  monitors: 'M3 10h3l2-5 4 10 2-5h3',
  incidents: 'M10 3 18 16.500H2zM10 8v4M10 14.2v.1',
  channels: 'M10 3a5 5 0 0 1 5 5v3l1.500 3h-13L5 11V8a5 5 0 0 1 5-5zM8 16.500a2 2 0 0 0 4 0',
  sites: 'M3 16.500h14M5 16.500V6l5-3 5 3v10.500M8.500 16.500v-4h3v4',
  statusPages: 'M3 4h14v12H3zM3 8h14M6 12h5',
  summary: 'M5 3h10v14H5zM8 7h4M8 10h4M8 13h2',
  team: 'M7.500 9.500a3 3 0 1 0 0-6a3 3 0 1 0 0 6zM2.500 16.500c0-3 2-4.500 5-4.500s5 1.500 5 4.500M13 4a3 3 0 0 1 0 5.500M14.500 12.300c2 .6 3 2 3 4.200',
  settings:
    'M10 7.500a2.500 2.500 0 1 0 0 5a2.500 2.500 0 1 0 0-5zM10 2.500v2.500M10 15v2.500M2.500 10H5M15 10h2.500M4.700 4.700l1.800 1.800M13.500 13.500l1.800 1.800M4.700 15.300l1.800-1.800M13.500 6.500l1.800-1.800',
  maintenance: 'M12 4a4 4 0 0 0-1 5l-7 6.500 1.500 1.500L12 10a4 4 0 0 0 5-4.500l-2.500 2-2-2z',
  account: 'M10 10a3.500 3.500 0 1 0 0-7a3.500 3.500 0 1 0 0 7zM3.500 17c0-3.500 2.500-5 6.500-5s6.500 1.500 6.500 5',
  key: 'M7 12.500a3.500 3.500 0 1 1 2.500-1l7-7M13.500 7.500l2 2',
  search: 'M9 3.500a5.500 5.500 0 1 1 0 11a5.500 5.500 0 1 1 0-11zM13 13l4 4',
  add: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5 5 15',
  check: 'M4 10.500l4 4 8-9',
  copy: 'M7 7h9.500v9.500H7zM13 7V3.500H3.500V13H7',
  more: 'M4.500 10h.1M10 10h.1M15.500 10h.1',
  pause: 'M7 4v12M13 4v12',
  resume: 'M6 4l10 6-10 6z',
  edit: 'M4 16l1-4 8.500-8.500 3 3L8 15z',
  trash: 'M4 6h12M8 6V3.500h4V6M5.500 6l.8 10.500h7.400L14.500 6M8.500 9v4.500M11.500 9v4.500',
  clone: 'M4 4h8v8H4zM12 8h4v8H8v-4',
  rotate: 'M15.500 7A6.500 6.500 0 1 0 16.500 10M16 3v4h-4',
  tag: 'M3 3h6l8 8-6 6-8-8zM6.500 6.500h.1',
  filter: 'M3 5h14M6 10h8M8.500 15h3',
  down: 'M5 8l5 5 5-5',
  right: 'M8 5l5 5-5 5',
  left: 'M12 5l-5 5 5 5',
  external: 'M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7',
  signOut: 'M8 4H4v12h4M12 6l4 4-4 4M16 10H8',
  moon: 'M16 12a6.500 6.500 0 0 1-8-8a6.500 6.500 0 1 0 8 8z',
  menu: 'M3 5.500h14M3 10h14M3 14.500h14',
  mail: 'M3 5h14v10H3zM3 5.500l7 5.500 7-5.500',
  history: 'M4 6a7 7 0 1 1-1 4M3.500 3v3.500H7M10 6.500V10l2.500 1.500',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  const isDots = name === 'more';
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" className="shrink-0">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={isDots ? 2.4 : 1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
