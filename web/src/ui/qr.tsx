import { useMemo } from 'react';
import { encodeQr } from '../lib/qr.ts';

/** Light modules around it, so that cameras find its edge. */
const QUIET_ZONE = 4;

/** A QR code; dark on white in every theme, cameras want it so. */
export function Qr({ text, label }: { readonly text: string; readonly label: string }) {
  const { path, size } = useMemo(() => {
    const code = encodeQr(text);
    const modules = code.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { path: modules.join(''), size: code.length };
  }, [text]);
  const view = `${-QUIET_ZONE} ${-QUIET_ZONE} ${size + 2 * QUIET_ZONE} ${size + 2 * QUIET_ZONE}`;
  return (
    <svg
      viewBox={view}
      className="h-52 w-52 rounded-md bg-white"
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
