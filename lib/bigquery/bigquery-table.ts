/** `project.dataset.table`, or `dataset.table` in the connection's project, as the API names it; else `undefined`. */
export function tableReference(
  text: string,
  project: string | undefined,
): { projectId: string; datasetId: string; tableId: string } | undefined {
  const parts = text.split(".");
  if (parts.length < 2 || parts.includes("")) return undefined;
  const [tableId, datasetId, ...rest] = parts.toReversed();
  // A project may have a domain in front, as in `example.com:shop`, whose dots are its own.
  const projectId = rest.length === 0 ? project : rest.toReversed().join(".");
  if (projectId === undefined || datasetId === undefined || tableId === undefined) return undefined;
  return { projectId, datasetId, tableId };
}
