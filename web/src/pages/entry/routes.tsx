import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Area } from '../area.ts';
import { bareRoute } from '../root.tsx';
import { readNext } from './next.ts';

const mailed = () => import('./mailed.tsx');
const byLink = () => import('./by-link.tsx');

const signIn = createRoute({
  getParentRoute: () => bareRoute,
  path: '/sign-in',
  validateSearch: readNext,
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignInPage'),
});

const askLink = createRoute({
  getParentRoute: () => bareRoute,
  path: '/sign-in-link',
  component: lazyRouteComponent(mailed, 'AskLinkPage'),
});

const signInLink = createRoute({
  getParentRoute: () => bareRoute,
  path: '/sign-in-link/$token',
  component: lazyRouteComponent(byLink, 'SignInLinkPage'),
});

const signUp = createRoute({
  getParentRoute: () => bareRoute,
  path: '/sign-up',
  component: lazyRouteComponent(mailed, 'SignUpPage'),
});

const forgot = createRoute({
  getParentRoute: () => bareRoute,
  path: '/forgot',
  component: lazyRouteComponent(mailed, 'ForgotPage'),
});

const reset = createRoute({
  getParentRoute: () => bareRoute,
  path: '/reset-password/$token',
  component: lazyRouteComponent(byLink, 'ResetPasswordPage'),
});

const confirm = createRoute({
  getParentRoute: () => bareRoute,
  path: '/confirm-email/$token',
  component: lazyRouteComponent(byLink, 'ConfirmEmailPage'),
});

const setup = createRoute({
  getParentRoute: () => bareRoute,
  path: '/setup/$token',
  component: lazyRouteComponent(() => import('./setup.tsx'), 'SetupPage'),
});

const invitation = createRoute({
  getParentRoute: () => bareRoute,
  path: '/invitations/$token',
  component: lazyRouteComponent(() => import('./invitation.tsx'), 'InvitationPage'),
});

export const entryArea: Area = {
  bare: [signIn, askLink, signInLink, signUp, forgot, reset, confirm, setup, invitation],
};
