type Check = (value: unknown) => boolean;

/** In a bundle stands here what the build has compiled for the schemas of every request, by their `$id`: see `parse.ts`. */
export const BUILT_CHECKS: Readonly<Record<string, Check>> = {};
