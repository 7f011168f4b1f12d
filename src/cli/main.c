/* The program: finds the command, runs it, prints the error if it failed, and exits with the code
   for its status. */
#include "base/comm_mpi.h"
#include "cli/command_list.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "tensor/gemm.h"
#include "tensor/kernels.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void write_log(void *self, lk_level level, const char *text) {
    lk_cli *cli = self;
    if (level != LK_DETAIL && cli->context.comm && cli->context.comm->rank > 0) return;
    if (level == LK_DETAIL ? !cli->verbose : level == LK_INFO && cli->quiet) return;
    lk_terminal_say(&cli->terminal, level == LK_WARNING, text);
}

static void say_machine(const lk_context *context) {
    char rank[64] = "";
    if (context->comm->n_ranks > 1)
        lk_format(rank, sizeof rank, "rank %d of %d, ", context->comm->rank,
                  context->comm->n_ranks);
    lk_log_say(&context->log, LK_DETAIL, "likeness %s, %s%d threads, kernels %s, %s",
               LIKENESS_VERSION, rank, lk_threads_count(context->threads), context->kernels->isa,
               lk_blas_name());
}

/* An error on each line. */
static void say_errors(const char *text) {
    char shown[LK_LINE_MAX];
    lk_terminal_safe(text, shown);
    for (const char *line = shown; line; line = strchr(line, '\n')) {
        line += line != shown;
        fprintf(stderr, "likeness: %.*s\n", (int)strcspn(line, "\n"), line);
    }
}

/* Threads, kernels, and the other processes. */
static lk_status start(const lk_command *command, lk_cli *cli, int n_threads, lk_comm *comm,
                       lk_error *err) {
    lk_status status = command->by_ranks ? lk_mpi_open(comm, &n_threads, err) : LK_OK;
    if (!status) status = lk_context_open(n_threads, &cli->context, err);
    if (cli->context.comm) *cli->context.comm = *comm;
    if (!status) say_machine(&cli->context);
    return status;
}

/* Rank 0 speaks for all of them, where all know what it says. The others exit with 0: mpirun ends
   all processes as soon as one exits with another code, and rank 0 may still be speaking. */
static void leave_ranks(lk_comm *comm, lk_status status, lk_error *err, bool *silent) {
    if (status && comm->n_ranks > 1 && !comm->agreed) {
        say_errors(err->text[0] ? err->text : lk_status_words(status));
        fflush(stdout);
    }
    *silent = comm->rank > 0;
    lk_mpi_close(comm, status);
}

/* `words`: the whole command line. */
static lk_status run_command(const lk_command *command, int n_words, char *const *words,
                             bool *silent, lk_error *err) {
    lk_comm comm = lk_comm_single();
    lk_arena arena;
    lk_cli cli = { 0 };
    lk_text help = { 0 };
    int n_threads = 0;
    bool wants_help = false;
    lk_arena_init(&arena);
    lk_status status =
        lk_flags_read(command, n_words - 2, words + 2, &cli, &arena, &n_threads, &wants_help, err);
    if (status) goto done;
    if (wants_help) {
        lk_help_command(command, &help);
        status = lk_cli_put_wrapped(&help, err);
        goto done;
    }
    cli.words = words;
    lk_terminal_init(&cli.terminal, stderr);
    cli.terminal.quiet = cli.quiet;
    cli.context.log = (lk_log){ write_log, &cli };
    if (command->computes) status = start(command, &cli, n_threads, &comm, err);
    if (!status) status = command->run(&cli, err);
    lk_terminal_end(&cli.terminal);
    if (cli.context.comm) comm = *cli.context.comm;
    lk_context_close(&cli.context);
    leave_ranks(&comm, status, err, silent);
done:
    lk_arena_deinit(&arena);
    return status;
}

static lk_status print_version(lk_error *err) {
    lk_text text = { 0 };
    const lk_kernels *kernels = NULL;
    lk_status status = lk_kernels_choose(&kernels, err);
    if (status) return status;
    lk_text_add(&text,
                "likeness %s\nbuild     %s, numbers of %zu bytes\nkernels   %s\nBLAS      %s\nMPI  "
                "     %s\n",
                LIKENESS_VERSION, LIKENESS_BUILD, sizeof(lk_real), kernels->isa, lk_blas_name(),
                lk_mpi_words());
    return lk_cli_put(&text, err);
}

static lk_status run(int argc, char **argv, bool *silent, lk_error *err) {
    lk_text help = { 0 };
    const char *word = argc > 1 ? argv[1] : "";
    if (argc < 2)
        return lk_fail(err, LK_USAGE,
                       "expected a command, got nothing; likeness --help lists them");
    if (strcmp(word, "--version") == 0) return print_version(err);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        lk_help_program(&help);
        return lk_cli_put_wrapped(&help, err);
    }
    const lk_command *command = lk_command_find(word);
    return command ? run_command(command, argc, argv, silent, err) : lk_command_unknown(word, err);
}

/* A full disk or a closed pipe may be noticed only here. If standard output was never open, that is
   an error only if something was written to it. */
static lk_status close_output(lk_status status, lk_error *err) {
    bool failed = ferror(stdout) || fflush(stdout) != 0;
    int reason = errno;
    if (!failed && fclose(stdout) != 0) {
        reason = errno;
        failed = reason != EBADF;
    }
    errno = reason;
    return failed && !status ? lk_cli_output_failed(err) : status;
}

/* If a standard file is closed, the next file to be opened would get its number, and messages would
   be written into that file. */
static bool fill_standard_files(void) {
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return false;
    return true;
}

#define EXIT_CODE(name, exit_code, words) EXIT_##name = exit_code,
enum { LK_STATUS_LIST(EXIT_CODE) }; /* a signal handler may not look them up */
#undef EXIT_CODE

/* Another program shortened a mapped file, so that the page being read no longer exists. */
static void say_cut_short(int signal_number) {
    static const char words[] = "\nlikeness: a file was cut short or could not be read while it "
                                "was in use; check the pack and the model\n";
    (void)signal_number;
    _exit(write(STDERR_FILENO, words, sizeof words - 1) < 0 ? EXIT_LK_FAILED : EXIT_LK_FORMAT);
}

/* With SIGPIPE and SIGXFSZ ignored, a failed write returns an error, which is reported. */
static void prepare_signals(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGBUS, say_cut_short);
}

int main(int argc, char **argv) {
    lk_error err = { "" };
    if (!fill_standard_files()) return 1;
    prepare_signals();
    bool silent = false;
    lk_status status = run(argc, argv, &silent, &err);
    if (silent) status = LK_OK;
    status = close_output(status, &err);
    bool gone = status == LK_WRITE && !err.text[0]; /* a closed pipe, see lk_cli_output_failed */
    if (status && !gone) say_errors(err.text[0] ? err.text : lk_status_words(status));
    if (lk_blas_may_be_stuck()) _exit(lk_status_exit_code(status));
    return lk_status_exit_code(status);
}
