import { DropdownMenu } from 'radix-ui';
import { Fragment, type ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import { PageLink } from './link.tsx';

export interface MenuItem {
  readonly label: ReactNode;
  readonly icon?: IconName;
  /** Either what it does or where it leads. */
  readonly onSelect?: () => void;
  readonly to?: string;
  readonly isDanger?: boolean;
  readonly isChecked?: boolean;
  readonly isDisabled?: boolean;
}

const ITEM =
  'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-[4px] px-2.5 py-1.5 text-sm text-text no-underline outline-none data-highlighted:bg-hover data-disabled:opacity-50';

interface Props {
  /** The button that opens it. */
  readonly trigger: ReactNode;
  /** Groups of items; a line stands between them. */
  readonly groups: readonly (readonly MenuItem[])[];
  readonly align?: 'start' | 'end';
  readonly label?: string;
}

export function Menu({ trigger, groups, align = 'end', label }: Props) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-50 max-h-[70dvh] min-w-48 max-w-80 animate-appear overflow-y-auto rounded-md border border-line bg-panel p-1 shadow-overlay"
        >
          {groups
            .filter((items) => items.length > 0)
            .map((items, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the groups of a menu stay where they are
              <Fragment key={index}>
                {index > 0 && <DropdownMenu.Separator className="my-1 h-px bg-line" />}
                {items.map((item, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: its items too
                  <Item key={place} item={item} />
                ))}
              </Fragment>
            ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item({ item }: { readonly item: MenuItem }) {
  const { label, icon, onSelect, to, isDanger, isChecked, isDisabled } = item;
  const classes = `${ITEM} ${isDanger === true ? 'text-down!' : ''}`;
  const inside = (
    <>
      {icon !== undefined && <Icon name={icon} />}
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {isChecked === true && <Icon name="check" />}
    </>
  );
  const disabled = isDisabled === true;
  if (to !== undefined) {
    return (
      <DropdownMenu.Item asChild disabled={disabled} className={classes}>
        <PageLink to={to}>{inside}</PageLink>
      </DropdownMenu.Item>
    );
  }
  if (isChecked !== undefined) {
    return (
      <DropdownMenu.CheckboxItem
        checked={isChecked}
        disabled={disabled}
        onSelect={() => onSelect?.()}
        className={classes}
      >
        {inside}
      </DropdownMenu.CheckboxItem>
    );
  }
  return (
    <DropdownMenu.Item disabled={disabled} onSelect={() => onSelect?.()} className={classes}>
      {inside}
    </DropdownMenu.Item>
  );
}
