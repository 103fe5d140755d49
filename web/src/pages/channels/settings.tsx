import type { FullChannel } from '../../api/channels.ts';
import { useChannelWords } from '../../language/channels.ts';
import { Section } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';

/** What the channel is set to, with its secrets cut. */
export function ChannelSettings({ channel }: { readonly channel: FullChannel }) {
  const words = useChannelWords();
  const { config, kind } = channel;
  const labels: Readonly<Record<string, string>> = {
    url: words.form.url,
    to: words.form.to,
    secret: words.form.secret,
    headers: words.form.headers,
    chat_id: words.form.chat,
  };
  const shown = Object.entries(config ?? {}).flatMap(([name, value]) =>
    labels[name] === undefined ? [] : [[labels[name], textOf(value)] as const],
  );
  return (
    <Section title={words.settings.title}>
      {config === null && <p className="text-down">{words.state.sealed}</p>}
      {channel.read_only && <p className="text-quiet">{words.state.readOnly}</p>}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2">
        <dt className="text-quiet">{words.head.kind}</dt>
        <dd>{words.kinds[kind] ?? kind}</dd>
        {shown.map(([label, text]) => (
          <div key={label} className="contents">
            <dt className="text-quiet">{label}</dt>
            <dd className="font-mono text-xs leading-5 break-words whitespace-pre-line">{text}</dd>
          </div>
        ))}
        <dt className="text-quiet">{words.settings.from}</dt>
        <dd>
          <Time at={channel.created_at} />
        </dd>
      </dl>
    </Section>
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join('\n');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, text]) => `${name}: ${String(text)}`)
      .join('\n');
  }
  return String(value);
}
