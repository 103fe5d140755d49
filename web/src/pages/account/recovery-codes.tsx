import { useAccountWords } from '../../language/account.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';

interface Props {
  readonly codes: readonly string[];
  readonly onKept: () => void;
}

/** Codes for the day when the phone is lost; shown once. */
export function RecoveryCodes({ codes, onKept }: Props) {
  const { totp: words } = useAccountWords();
  return (
    <div className="flex flex-col gap-4 pt-1">
      <ul className="grid grid-cols-2 gap-x-6 gap-y-1.5 rounded-md border border-line bg-ground px-4 py-3 font-mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2">
        <CopyButton text={codes.join('\n')} label={words.copyCodes} />
        <Button look="primary" size="small" onClick={onKept}>
          {words.kept}
        </Button>
      </div>
    </div>
  );
}
