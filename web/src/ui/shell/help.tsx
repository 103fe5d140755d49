import { useCommonWords } from '../../language/common.ts';
import { Dialog } from '../dialog.tsx';
import { isMac } from './rail.tsx';

export function Help({ onClose }: { readonly onClose: () => void }) {
  const { shortcuts: words } = useCommonWords();
  const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      words.everywhere,
      [
        [isMac() ? '⌘ K' : 'Ctrl K', words.palette],
        ['?', words.help],
        ['n', words.newMonitor],
        ['g m', words.goMonitors],
        ['g i', words.goIncidents],
        ['g c', words.goChannels],
      ],
    ],
    [
      words.inList,
      [
        ['/', words.search],
        ['j', words.next],
        ['k', words.previous],
        ['Enter', words.open],
        ['x', words.select],
        ['p', words.pause],
        ['← →', words.bars],
      ],
    ],
  ];
  return (
    <Dialog isOpen onClose={onClose} title={words.title}>
      <div className="grid gap-6 sm:grid-cols-2">
        {groups.map(([title, keys]) => (
          <section key={title}>
            <h3 className="mb-2 text-xs font-normal text-quiet">{title}</h3>
            <dl className="grid grid-cols-[auto_1fr] items-center gap-x-3 gap-y-2">
              {keys.map(([key, text]) => (
                <div key={key} className="contents">
                  <dt>
                    <kbd className="rounded-[4px] border border-line-strong px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
                  </dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
