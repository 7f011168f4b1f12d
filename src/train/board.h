/**
 * What a run writes for TensorBoard: a file of events for each process that trains, in the folder
 * tensorboard of the run, so that `tensorboard --logdir RUN` finds it.
 *
 *   config        the config, once
 *   loss/         train, validation
 *   terms/        each term of the loss in the validation, without its weight
 *   scores/       ssim, mse, ... of the validation
 *   codes/        active, kl, mmd, and a histogram of the validation's codes
 *   training/     epoch, learning_rate, images_per_second
 *   pictures/     the picture in grids/
 *   parameters/   histograms, of at most LK_BOARD_TENSORS tensors
 *
 * All but the config is written at the end of each epoch, before its checkpoint: a run that resumes
 * writes everything after the checkpoint again, and its file tells readers so. Nothing else of the
 * run depends on these files: what goes wrong with them is a warning, and then no more is written.
 */
#ifndef LIKENESS_TRAIN_BOARD_H
#define LIKENESS_TRAIN_BOARD_H

#include "net/net.h"
#include "train/validate.h"

enum { LK_BOARD_TENSORS = 100 };

typedef struct lk_board {
    bool is_open;
    const lk_log *log;
    const char *run; /* its folder */
    lk_file file;
} lk_board;

/** Begin to write in the folder of a run, with its config. `step`: the first that counts again of
 * what is there. `log` and `run` stay with the caller. */
void lk_board_open(lk_board *board, const lk_log *log, const char *run, int64_t step,
                   const char *config);
/** Write the values of an epoch that has ended, if the board is open. `validation` may be NULL. */
void lk_board_epoch(lk_board *board, const lk_epoch_line *line, const lk_net *net,
                    const lk_validation *validation);
void lk_board_close(lk_board *board);

#endif
