/** Names of the IO managers that are always there. */
export const builtInIoManagers = ["memory", "json", "csv", "parquet", "duckdb"] as const;
