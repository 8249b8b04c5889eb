export const HELP = `Runs jobs of numbered steps, from a terminal.

  tobiishi serve                  the web server, as npm start
  tobiishi run JOB --FIELD=VALUE  starts a run and sees it through
  tobiishi resume RUN             goes on with one that was paused, failed or left
  tobiishi runs                   lists the runs of the database
  tobiishi export RUN             writes the rows recorded so far
  tobiishi work                   executes the runs that servers with BACKGROUND=worker hand over, and schedules

JOB is a name (wait, scrape, those of JOBS) or the path of a .js or .ts file.
VALUE is what one would type into the job's form; a field given twice has two lines; --FIELD alone ticks a box.

  --field NAME=VALUE   a field whose name is also that of an option
  --file NAME=PATH     a field for a file
  --recipe FILE|LINK   a form that was saved, as a file or as a link; fields given beside it replace its own
  --out PATH           where the rows go when the run ends or stops: *.csv, *.xlsx, *.json, *.ndjson; - is the standard output
  --format FORMAT      of --out, where its name does not say: csv, xlsx, json, ndjson (that of -)
  --json               progress and lists as lines of JSON on the standard output
  --at URL             drives a run on the server at URL over HTTP, instead of one in the database here
  --database DATABASE  instead of DATABASE_URL: a SQLite file or postgres://…
  --jobs PATHS         instead of JOBS: files of more jobs, comma-separated

Settings are those of the server, from the environment. Ctrl-C pauses the run and says how to resume it.

Exit codes: 0 done; 1 steps failed, or a fault; 2 asked wrongly; 3 stopped (paused, cancelled, deleted); 4 done with warnings.
`;
