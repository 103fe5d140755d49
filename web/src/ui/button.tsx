import type { ComponentProps } from 'react';

const LOOKS = {
  primary: 'bg-accent text-on-accent border-transparent hover:brightness-110 font-medium',
  plain: 'bg-panel border-line hover:bg-hover',
  quiet: 'border-transparent hover:bg-hover',
  danger: 'bg-panel border-line text-down hover:bg-hover font-medium',
} as const;

const SIZES = { normal: 'h-9 px-3.5', small: 'h-8 px-2.5', icon: 'h-9 w-9 justify-center' } as const;

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-md border whitespace-nowrap no-underline transition-colors duration-120 disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50';

export interface ButtonLook {
  readonly look?: keyof typeof LOOKS;
  readonly size?: keyof typeof SIZES;
}

/** The classes of a button, for links that look like one. */
export function buttonClass({ look = 'plain', size = 'normal' }: ButtonLook = {}): string {
  return `${BASE} ${LOOKS[look]} ${SIZES[size]} ${look === 'primary' || look === 'danger' ? '' : 'text-text'}`;
}

type Props = ComponentProps<'button'> &
  ButtonLook & {
    /** Its work is under way: it says so and takes no second press. */
    readonly isBusy?: boolean;
  };

export function Button({ look, size, isBusy = false, className = '', type = 'button', children, ...rest }: Props) {
  const classes = buttonClass({ ...(look ? { look } : {}), ...(size ? { size } : {}) });
  return (
    <button
      type={type}
      aria-busy={isBusy || undefined}
      disabled={isBusy || rest.disabled}
      {...rest}
      className={`${classes} ${className}`}
    >
      {children}
    </button>
  );
}

/** A button that is only a picture: its label is read aloud and shown on hover. */
export function IconButton({ label, ...rest }: Omit<Props, 'aria-label'> & { readonly label: string }) {
  return <Button look="quiet" size="icon" title={label} aria-label={label} {...rest} />;
}
