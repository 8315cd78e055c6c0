#include "kernels/ir/module.h"

#include "sim/mem.h"

#include <string.h>

struct kmodule *kmodule_new(void)
{
    return mem_new(sizeof(struct kmodule));
}

void kmodule_free(struct kmodule *module)
{
    if (module == NULL)
        return;
    for (size_t i = 0; i < module->kernel_count; i++)
        kernel_free(module->kernels[i]);
    mem_free(module->kernels);
    mem_free(module->launches);
    mem_free(module);
}

void kmodule_add(struct kmodule *module, struct kernel *kernel)
{
    module->kernels = mem_room(module->kernels, module->kernel_count, sizeof(struct kernel *));
    module->kernels[module->kernel_count++] = kernel;
}

void kmodule_launch(struct kmodule *module, size_t kernel, unsigned blocks)
{
    module->launches =
        mem_room(module->launches, module->launch_count, sizeof *module->launches);
    module->launches[module->launch_count++] = (struct klaunch){ kernel, blocks };
}

int kmodule_kernel(const struct kmodule *module, const char *name)
{
    for (size_t i = 0; i < module->kernel_count; i++) {
        if (strcmp(module->kernels[i]->name, name) == 0)
            return (int)i;
    }
    return -1;
}

bool kmodule_is_plain(const struct kmodule *module)
{
    return module->kernel_count == 1 && module->launch_count == 1 &&
           module->launches[0].blocks == 0;
}

bool kmodule_equal(const struct kmodule *a, const struct kmodule *b)
{
    if (a->kernel_count != b->kernel_count || a->launch_count != b->launch_count ||
        a->params_shared != b->params_shared)
        return false;
    for (size_t i = 0; i < a->kernel_count; i++) {
        if (!kernel_equal(a->kernels[i], b->kernels[i]))
            return false;
    }
    for (size_t i = 0; i < a->launch_count; i++) {
        if (a->launches[i].kernel != b->launches[i].kernel ||
            a->launches[i].blocks != b->launches[i].blocks)
            return false;
    }
    return true;
}
