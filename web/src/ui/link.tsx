import { Link, useNavigate } from '@tanstack/react-router';
import { type ComponentProps, type ComponentType, useCallback } from 'react';

type LinkProps = ComponentProps<'a'> & { readonly to: string; readonly search: Record<string, string> };
/** The router's link without its knowledge of which paths there are. */
const AnyLink = Link as unknown as ComponentType<LinkProps>;

/**
 * A link to a page by its path (`/monitors/ID?tab=runs`), below wherever the install is mounted. Paths are texts, so
 * that areas can point at each other without importing each other's routes.
 */
export function PageLink({ to, ...rest }: Omit<ComponentProps<'a'>, 'href'> & { readonly to: string }) {
  const { path, search } = split(to);
  return <AnyLink {...rest} to={path} search={search} />;
}

function split(to: string): { readonly path: string; readonly search: Record<string, string> } {
  const [path = '/', query = ''] = to.split('?');
  return { path, search: Object.fromEntries(new URLSearchParams(query)) };
}

/** Goes to a page by its path. */
export function useGo(): (to: string, options?: { readonly replace?: boolean }) => void {
  const navigate = useNavigate();
  return useCallback(
    (to, options = {}) => {
      const { path, search } = split(to);
      void navigate({ to: path as never, search: search as never, ...options });
    },
    [navigate],
  );
}
