/** Everything the dashboard says; each language has all of it. Counts come with their own forms (see plural.ts). */
export interface Words {
  readonly nav: {
    readonly monitors: string;
    readonly incidents: string;
    readonly channels: string;
    readonly summary: string;
    readonly team: string;
    readonly settings: string;
  };
  readonly notFound: { readonly title: string; readonly back: string };
}
