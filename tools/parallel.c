#include "tools/parallel.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 16
#define PATIENCE_SECONDS 2 /* before anything is said */

struct pool {
    size_t count;
    void (*work)(void *context, size_t i);
    void *context;
    bool terminal;
    time_t began;

    pthread_mutex_t lock; /* of all below */
    size_t next;
    bool said;
};

/* With the lock held. */
static void say_progress(struct pool *pool)
{
    if (!pool->terminal || time(NULL) - pool->began < PATIENCE_SECONDS)
        return;
    fprintf(stderr, "\r%zu of %zu", pool->next, pool->count);
    pool->said = true;
}

static bool take(struct pool *pool, size_t *i)
{
    pthread_mutex_lock(&pool->lock);
    bool any = pool->next < pool->count;
    if (any) {
        *i = pool->next++;
        say_progress(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    return any;
}

static void *run(void *owner)
{
    struct pool *pool = owner;
    size_t i;
    while (take(pool, &i))
        pool->work(pool->context, i);
    return NULL;
}

void parallel_for(size_t count, void (*work)(void *context, size_t i), void *context)
{
    struct pool pool = {
        .count = count,
        .work = work,
        .context = context,
        .terminal = isatty(STDERR_FILENO) != 0,
        .began = time(NULL),
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[THREADS_MAX];
    size_t started = 0;

    /* This thread works too, so that it also goes without any other. */
    while (started < THREADS_MAX && (long)started + 1 < processors && started + 1 < count &&
           pthread_create(&threads[started], NULL, run, &pool) == 0)
        started++;
    run(&pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (pool.said)
        fputs("\r\033[K", stderr); /* leave an empty line behind */
}
