/** Words of what chooses monitors, tags and sites. */
export const en = {
  monitors: 'Monitors',
  tags: 'Tags',
  sites: 'Sites',
  search: 'Add a monitor by a part of its name',
  nothing: 'No monitor of this name that is not chosen already.',
  noTags: 'No monitor has a tag yet.',
  gone: 'deleted monitor',
  remove: (name: string) => `Remove ${name}`,
};

export type ChoosingWords = typeof en;
