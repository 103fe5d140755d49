const TAGS = new Set(['b', 'strong', 'i', 'em', 'u', 'ins', 's', 'strike', 'del', 'code', 'pre', 'a', 'blockquote']);
const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"' };

export type ParsedHtml =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly description: string };

/** Parses Telegram's HTML as its servers do: known tags, properly nested, four named entities. */
export function parseTelegramHtml(html: string): ParsedHtml {
  const open: string[] = [];
  let text = '';
  for (let at = 0; at < html.length; ) {
    if (html[at] !== '<') {
      const entity = /^&(lt|gt|amp|quot);/.exec(html.slice(at, at + 6))?.[0];
      text += entity ? ENTITIES[entity] : html[at];
      at += entity?.length ?? 1;
      continue;
    }
    const tag = /^<(\/?)([a-z]+)((?:\s+[a-z]+="[^"]*")*)\s*>/i.exec(html.slice(at));
    const [whole = '', slash = '', rawName = ''] = tag ?? [];
    const name = rawName.toLowerCase();
    if (!tag || !TAGS.has(name)) return broken(`Unsupported start tag "${name}" at byte offset ${at}`);
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return broken(`Unexpected end tag at byte offset ${at}`);
    at += whole.length;
  }
  return open.length === 0
    ? { ok: true, text }
    : broken(`Can't find end tag corresponding to start tag "${open.at(-1)}"`);
}

function broken(reason: string): ParsedHtml {
  return { ok: false, description: `Bad Request: can't parse entities: ${reason}` };
}
