/** Small pictures that are read on white and on black: whoever shows them chooses, by what the reader prefers. */

const STYLE = `
  svg { color-scheme: light dark; }
  .ground { fill: #ffffff; } .ink { fill: #24292f; } .faint { fill: #6e7781; }
  .grid { stroke: #d0d7de; } .axis { stroke: #6e7781; } .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .s0 { stroke: #0969da; } .s1 { stroke: #bc4c00; } .s2 { stroke: #1a7f37; } .s3 { stroke: #8250df; } .s4 { stroke: #bf3989; }
  .f0 { fill: #0969da; } .f1 { fill: #bc4c00; } .f2 { fill: #1a7f37; } .f3 { fill: #8250df; } .f4 { fill: #bf3989; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; } .ink { fill: #e6edf3; } .faint { fill: #8b949e; }
    .grid { stroke: #30363d; } .axis { stroke: #8b949e; }
    .s0 { stroke: #58a6ff; } .s1 { stroke: #f0883e; } .s2 { stroke: #3fb950; } .s3 { stroke: #bc8cff; } .s4 { stroke: #f778ba; }
    .f0 { fill: #58a6ff; } .f1 { fill: #f0883e; } .f2 { fill: #3fb950; } .f3 { fill: #bc8cff; } .f4 { fill: #f778ba; }
  }`;

/** Lines of one picture are told apart by the classes `s0` … (and `f0` … for what is filled). */
export const COLOURS = 5;

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly className?: string;
  readonly size?: number;
  readonly bold?: boolean;
}

export function svgText(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { anchor = 'start', className = 'ink', size, bold = false } = style;
  const attributes = [
    `x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${className}"`,
    anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
    size === undefined ? '' : ` font-size="${size}"`,
    bold ? ' font-weight="bold"' : '',
  ];
  return `<text ${attributes.join('')}>${escaped(content)}</text>`;
}

/** A whole picture; `style` is added to the colours that all have. */
export function svgDocument(width: number, height: number, body: readonly string[], style = ''): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<style>${STYLE}${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}
