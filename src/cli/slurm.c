/* Writes an experiment as an array job of Slurm. Each task is `likeness train` in the folder of its
   run, which it alone locks; afterwards `likeness reproduce` finds the runs done, and makes the
   table. */
#include "cli/slurm.h"
#include "base/file.h"
#include "cli/output.h"
#include "experiment/folder.h"
#include "experiment/names.h"

#include <likeness/pack.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What the scripts name. */
struct places {
    char program[LK_PATH_MAX]; /* this one */
    char here[LK_PATH_MAX];    /* the current folder: other paths may be relative to it */
    char scripts[LK_PATH_MAX]; /* absolute */
};

static lk_status find_places(const char *folder, struct places *p, lk_error *err) {
    ssize_t n = readlink("/proc/self/exe", p->program, sizeof p->program - 1);
    if (n < 0) return lk_fail(err, LK_FAILED, "/proc/self/exe: %s", strerror(errno));
    p->program[n] = 0;
    if (!getcwd(p->here, sizeof p->here))
        return lk_fail(err, LK_FAILED, "the current folder: %s", strerror(errno));
    bool fits = *folder == '/' ? lk_format(p->scripts, sizeof p->scripts, "%s", folder)
                               : lk_format(p->scripts, sizeof p->scripts, "%s/%s", p->here, folder);
    if (!fits || strlen(p->scripts) > LK_PATH_MAX - 512)
        return lk_fail(err, LK_USAGE, "--slurm: path is too long");
    return LK_OK;
}

/* ---- the configs of the runs ---- */

/* Run i, seed by seed, as `reproduce` counts them. */
static lk_config config_of(const lk_experiment *e, int i) {
    lk_config config = e->runs[i % e->n_runs].config;
    config.seed = e->seeds[i / e->n_runs];
    return config;
}

static lk_status write_config(const lk_experiment *e, int i, int size, const char *scripts,
                              lk_error *err) {
    const lk_config config = config_of(e, i);
    char path[LK_PATH_MAX];
    lk_text text = { 0 };
    lk_format(path, sizeof path, "%s/configs/%s-s%lld.json", scripts, e->runs[i % e->n_runs].name,
              (long long)config.seed);
    lk_status status = lk_config_print(&config, size, &text, err);
    if (!status) status = lk_file_write(path, text.data, text.n, err);
    lk_text_deinit(&text);
    return status;
}

static lk_status write_configs(const lk_cli *cli, const lk_cli_experiment *given,
                               const char *scripts, lk_error *err) {
    const lk_experiment *e = given->experiment;
    lk_pack *pack = NULL;
    lk_status status = lk_pack_open(given->data, &cli->context, &pack, err);
    int size = status ? 0 : lk_pack_describe(pack)->size;
    lk_pack_close(pack);
    for (int i = 0; i < e->n_runs * e->n_seeds && !status; i++)
        status = write_config(e, i, size, scripts, err);
    return status;
}

/* ---- the scripts ---- */

static void add_word(lk_text *out, const char *before, const char *word, const char *after) {
    lk_text_add(out, "%s", before);
    lk_command_word(word, out);
    lk_text_add(out, "%s", after);
}

/* The file of messages. sbatch reads its lines without a shell: between quotation marks a
   backslash protects what follows, and %% is a %. */
static void add_output(lk_text *out, const char *scripts, const char *name) {
    lk_text_add(out, "#SBATCH --open-mode=append\n#SBATCH --output=\"");
    for (const char *at = scripts; *at; at++)
        lk_text_add(out, "%s%c", *at == '%' ? "%" : strchr("\"\\", *at) ? "\\" : "", *at);
    lk_text_add(out, "/logs/%s.log\"\n", name);
}

static void add_head(lk_text *out, const lk_cli *cli, const lk_experiment *e, const char *part) {
    lk_text_add(out, "#SBATCH --job-name=%s-%s\n",
                lk_experiment_is_name(e->name) ? e->name : "likeness", part);
    lk_text_add(out,
                "#SBATCH --time=24:00:00\n#SBATCH --ntasks=1\n#SBATCH --cpus-per-task=%d\n"
                "##SBATCH --mem=8G\n##SBATCH --partition=...\n##SBATCH --account=...\n",
                lk_threads_count(cli->context.threads));
}

static const char modules[] = "\n# What the program needs here, such as:\n# module load openmpi\n";

static void add_places(lk_text *out, const struct places *p) {
    add_word(out, "\nlikeness=", p->program, "\n");
    add_word(out, "cd ", p->here, " || exit\n");
}

static const char runs_begin[] =
    "#!/bin/bash\n"
    "# An array job of Slurm with a task for each run. A task that nears its time limit saves its\n"
    "# run, goes back into the queue, and continues there.\n";

static const char runs_signal[] = "#SBATCH --signal=B:USR1@300\n#SBATCH --requeue\n";

static const char runs_launch[] =
    "\n# For several processes for each run, which needs a build with MPI: --ntasks=4 above and\n"
    "# launch=(srun) here. With --ntasks-per-node=1 each has a machine to itself.\n"
    "launch=()\n";

static const char runs_train[] =
    "# What has held this lock was an earlier try of this task, on a file system without locks.\n"
    "if [ \"${SLURM_RESTART_COUNT:-0}\" != 0 ]; then rm -f \"$out/.lock.owner\"; fi\n"
    "\n"
    "task= asked= interrupted=\n"
    "ask() {\n"
    "  asked=yes interrupted=yes\n"
    "  [ -z \"$task\" ] || kill -USR1 \"$task\"\n"
    "  echo \"$run: time is nearly over, so the run is saved\"\n"
    "}\n"
    "trap ask USR1\n"
    "export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK\n"
    "\"${launch[@]}\" \"$likeness\" train \"$config\" --data \"$data\" --out \"$out\" --resume \\\n"
    "  --threads \"$SLURM_CPUS_PER_TASK\"";

static const char runs_end[] =
    " &\n"
    "task=$!\n"
    "[ -z \"$asked\" ] || kill -USR1 \"$task\"\n"
    "# a signal ends the wait, not the program\n"
    "while interrupted=; wait \"$task\"; code=$?; [ -n \"$interrupted\" ]; do :; done\n"
    "\n"
    "case $code in\n"
    "75 | 138) # stopped and saved, or stopped before it began\n"
    "  # the number of the array alone would stand for all its tasks\n"
    "  [ -z \"$asked\" ] || scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\" ;;\n"
    "4) # diverged: the table says so\n"
    "  code=0 ;;\n"
    "esac\n"
    "exit \"$code\"\n";

static void add_array(lk_text *out, int n, int at_once) {
    lk_text_add(out, "#SBATCH --array=0-%d", n - 1);
    if (at_once) lk_text_add(out, "%%%d", at_once);
    lk_text_add(out, "\n");
}

static void add_runs(lk_text *out, const lk_cli_slurm *given) {
    const lk_experiment *e = given->experiment->experiment;
    lk_text_add(out, "runs=(\n");
    for (int i = 0; i < e->n_runs * e->n_seeds; i++)
        lk_text_add(out, "  %s-s%lld\n", e->runs[i % e->n_runs].name,
                    (long long)e->seeds[i / e->n_runs]);
    lk_text_add(out, ")\nrun=${runs[SLURM_ARRAY_TASK_ID]:?}\n");
    add_word(out, "data=", given->experiment->data, "\n");
    add_word(out, "out=", given->experiment->out, "/$run\n");
}

static lk_status write_runs(const lk_cli *cli, const lk_cli_slurm *given, const struct places *p,
                            const char *path, lk_error *err) {
    const lk_experiment *e = given->experiment->experiment;
    lk_text out = { 0 };
    lk_text_add(&out, "%s", runs_begin);
    add_array(&out, e->n_runs * e->n_seeds, given->at_once);
    add_head(&out, cli, e, "runs");
    lk_text_add(&out, "%s", runs_signal);
    add_output(&out, p->scripts, "%a");
    lk_text_add(&out, "%s%s", modules, runs_launch);
    add_places(&out, p);
    add_runs(&out, given);
    add_word(&out, "config=", p->scripts, "/configs/$run.json\n");
    lk_text_add(&out, "%s%s%s", runs_train, given->experiment->tensorboard ? " --tensorboard" : "",
                runs_end);
    lk_status status = out.failed ? lk_fail_memory(err, out.n, "a script")
                                  : lk_file_write(path, out.data, out.n, err);
    lk_text_deinit(&out);
    return status;
}

static lk_status write_table(const lk_cli *cli, const lk_cli_slurm *given, const struct places *p,
                             const char *path, lk_error *err) {
    lk_text out = { 0 };
    lk_text_add(&out, "#!/bin/bash\n# Makes the table when all runs have ended, as a job of Slurm "
                      "or by itself.\n");
    add_head(&out, cli, given->experiment->experiment, "table");
    add_output(&out, p->scripts, "table");
    lk_text_add(&out, "%s", modules);
    add_places(&out, p);
    lk_text_add(&out, "\"$likeness\" %s\n", given->table->data);
    lk_status status = out.failed || given->table->failed
                           ? lk_fail_memory(err, out.n, "a script")
                           : lk_file_write(path, out.data, out.n, err);
    lk_text_deinit(&out);
    return status;
}

/* ---- the command ---- */

static lk_status make_folders(const char *scripts, lk_error *err) {
    static const char *const names[] = { "configs", "logs" };
    lk_status status = LK_OK;
    for (size_t i = 0; i < LK_COUNT(names) && !status; i++) {
        char path[LK_PATH_MAX];
        lk_format(path, sizeof path, "%s/%s", scripts, names[i]);
        status = lk_folder_create(path, err);
    }
    return status;
}

static lk_status print(const lk_cli_slurm *given, const char *runs, const char *table,
                       lk_error *err) {
    const lk_experiment *e = given->experiment->experiment;
    lk_text out = { 0 };
    add_word(&out, "# Check time, processors and modules in ", runs, ".\n");
    lk_text_add(&out, "# Then submit the %d runs, and the table for when they are done:\n",
                e->n_runs * e->n_seeds);
    add_word(&out, "jobs=$(sbatch --parsable ", runs, ")\n");
    add_word(&out, "sbatch --dependency=\"afterok:${jobs%%;*}\" --kill-on-invalid-dep=yes ", table,
             "\n");
    add_word(&out, "# How far they are: likeness table ", given->experiment->out, "\n");
    add_word(&out, "# The table without a job, when all runs are done: bash ", table, "\n");
    return lk_cli_put(&out, err);
}

lk_status lk_cli_write_slurm(const lk_cli *cli, const lk_cli_slurm *given, lk_error *err) {
    struct places p;
    char runs[LK_PATH_MAX], table[LK_PATH_MAX];
    const lk_cli_experiment *experiment = given->experiment;
    const lk_reproduce_options check = { .experiment = experiment->experiment,
                                         .data = experiment->data,
                                         .out = experiment->out };
    lk_status status = find_places(given->folder, &p, err);
    if (status) return status;
    lk_format(runs, sizeof runs, "%s/runs.sh", p.scripts);
    lk_format(table, sizeof table, "%s/table.sh", p.scripts);
    status = lk_reproduce_prepare(&cli->context, &check, err);
    if (!status) status = make_folders(p.scripts, err);
    if (!status) status = write_configs(cli, experiment, p.scripts, err);
    if (!status) status = write_runs(cli, given, &p, runs, err);
    if (!status) status = write_table(cli, given, &p, table, err);
    return status ? status : print(given, runs, table, err);
}
