/** Pages of the dashboard that links in mails, and those that the operator prints, lead to; each ends with a token. */
export const LINK_PAGES = {
  setup: '/setup',
  resetPassword: '/reset-password',
  signInLink: '/sign-in-link',
  confirmEmail: '/confirm-email',
  invitation: '/invitations',
} as const;

export function linkTo(publicUrl: string, page: keyof typeof LINK_PAGES, token: string): string {
  return `${publicUrl}${LINK_PAGES[page]}/${encodeURIComponent(token)}`;
}
