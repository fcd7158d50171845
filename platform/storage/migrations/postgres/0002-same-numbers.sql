-- What SQLite added here is in the first step; from now on a number means the same in both dialects.
select 1;
