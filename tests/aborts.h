/* Whether a call breaks an invariant: it is made in a child process. */
#ifndef NPUSIM_TESTS_ABORTS_H
#define NPUSIM_TESTS_ABORTS_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static inline bool aborts(void (*call)(void))
{
    fflush(NULL); /* the child must not repeat what is buffered here */
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);     /* the message is expected */
        signal(SIGABRT, SIG_DFL); /* CMocka would report it as a failure */
        call();
        _exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

#endif
