import { Link, Outlet } from '@tanstack/react-router';
import { useWords } from '../language/provider.tsx';

/** The rail beside every page. */
export function Shell() {
  const { nav } = useWords();
  return (
    <div className="flex min-h-dvh">
      <nav className="w-52 border-r border-line p-4">
        <Link to="/">{nav.monitors}</Link>
      </nav>
      <Outlet />
    </div>
  );
}
