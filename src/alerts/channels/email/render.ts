import type { Message } from '../../message.ts';
import { escapeHtml, oneLine, plainOutput } from '../shared/text.ts';
import { CHANNEL_WORDS, outputLabel } from '../shared/words.ts';

const RULE = '-'.repeat(60);

/** The bar above the message: the colours of the dashboard, readable on light and on dark ground. */
const COLOURS: Readonly<Record<Message['tone'], string>> = {
  down: '#B3261E',
  up: '#2E7D4F',
  warning: '#A86A00',
  info: '#2F5D8A',
};

/** Dark ground by the reader's choice; where a mail program ignores it, the light colours stand in the elements. */
const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .ground { background: #101214 !important; }
  .panel { background: #16191C !important; }
  .text { color: #E7E9EA !important; }
  .quiet { color: #8E959A !important; }
  .link { color: #7FB2E5 !important; }
  .output { background: #101214 !important; color: #E7E9EA !important; }
}`.trim();

const FONT = "font-family:Inter,-apple-system,'Segoe UI',Roboto,Arial,sans-serif";
const MONO = "font-family:'JetBrains Mono',Menlo,Consolas,monospace";

/** The mail as text alone; it says as much as the HTML does. */
export function renderMailText(message: Message, unsubscribeUrl: string | null): string {
  const words = CHANNEL_WORDS[message.language];
  const output = plainOutput(message.outputTail ?? '');
  const width = Math.max(0, ...message.facts.map((fact) => fact.label.length));
  const blocks = [
    message.sentence,
    message.facts.map((fact) => `${`${fact.label}:`.padEnd(width + 2)}${fact.value}`).join('\n'),
    message.lines.map((line) => `- ${oneLine(line)}`).join('\n'),
    output === '' ? '' : `${outputLabel(message)}:\n${RULE}\n${output}\n${RULE}`,
    message.links.map((link) => `${link.label}: ${link.url}`).join('\n'),
    // The space after the dashes is what mail programs know a signature by.
    unsubscribeUrl === null ? '' : `-- \n${words.unsubscribe}: ${unsubscribeUrl}`,
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** The mail as HTML: one column of 600 px, tables because mail programs want them, everything escaped. */
export function renderMailHtml(message: Message, unsubscribeUrl: string | null): string {
  const title = escapeHtml(oneLine(message.title));
  const body = [
    row(`<h1 class="text" style="margin:0;font-size:20px;line-height:1.3;color:#1B1D1F">${title}</h1>`),
    row(`<p class="text" style="margin:0;color:#1B1D1F">${paragraph(message.sentence)}</p>`),
    renderFacts(message),
    renderLines(message),
    renderOutput(message),
    renderLinks(message),
    renderUnsubscribe(message, unsubscribeUrl),
  ];
  return `<!doctype html>
<html lang="${message.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body class="ground" style="margin:0;padding:0;background:#FBFBF9">
<table class="ground" role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#FBFBF9"><tr><td align="center" style="padding:16px">
<table class="panel" role="presentation" width="600" cellpadding="0" cellspacing="0" style="width:100%;max-width:600px;background:#FFFFFF;border-top:4px solid ${COLOURS[message.tone]};${FONT};font-size:14px;line-height:1.45">
${body.filter((part) => part !== '').join('\n')}
<tr><td style="height:16px"></td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

function row(content: string): string {
  return `<tr><td style="padding:16px 24px 0">${content}</td></tr>`;
}

function paragraph(text: string): string {
  return escapeHtml(text).replaceAll('\n', '<br>');
}

function renderFacts(message: Message): string {
  if (message.facts.length === 0) return '';
  const rows = message.facts.map(
    ({ label, value }) =>
      `<tr><td class="quiet" valign="top" style="padding:2px 16px 2px 0;color:#6A6F73">${escapeHtml(label)}</td>` +
      `<td class="text" valign="top" style="padding:2px 0;color:#1B1D1F;word-break:break-word">${paragraph(value)}</td></tr>`,
  );
  return row(`<table cellpadding="0" cellspacing="0" style="font-size:14px">${rows.join('')}</table>`);
}

function renderLines(message: Message): string {
  if (message.lines.length === 0) return '';
  const items = message.lines.map((line) => `<li style="margin:0 0 4px">${escapeHtml(oneLine(line))}</li>`);
  return row(`<ul class="text" style="margin:0;padding:0 0 0 18px;color:#1B1D1F">${items.join('')}</ul>`);
}

function renderOutput(message: Message): string {
  const output = plainOutput(message.outputTail ?? '');
  if (output === '') return '';
  const label = outputLabel(message);
  return row(
    `<p class="quiet" style="margin:0 0 4px;font-size:12px;color:#6A6F73">${escapeHtml(label)}</p>` +
      `<pre class="output" style="margin:0;padding:8px 12px;background:#F1F1EE;color:#1B1D1F;${MONO};font-size:12px;` +
      `white-space:pre-wrap;word-break:break-word">${escapeHtml(output)}</pre>`,
  );
}

function renderLinks(message: Message): string {
  const links = message.links.flatMap(({ label, url }) => {
    const href = safeHref(url);
    if (href === null) return [];
    return [`<a class="link" href="${href}" style="color:#2F5D8A;margin-right:24px">${escapeHtml(label)}</a>`];
  });
  return links.length === 0 ? '' : row(links.join(' '));
}

function renderUnsubscribe(message: Message, unsubscribeUrl: string | null): string {
  const href = unsubscribeUrl === null ? null : safeHref(unsubscribeUrl);
  if (href === null) return '';
  const { unsubscribe } = CHANNEL_WORDS[message.language];
  return row(`<a class="quiet" href="${href}" style="font-size:12px;color:#6A6F73">${escapeHtml(unsubscribe)}</a>`);
}

/** For an attribute; null for anything that does not lead to the web. */
function safeHref(url: string): string | null {
  return /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? escapeHtml(url) : null;
}
