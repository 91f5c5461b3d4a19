/** @internal The version of this package. The build puts that of package.json here. */
export const version: string = 'unreleased';
