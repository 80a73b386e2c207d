#include "kernels/divide.hpp"

#include "kernels/element.hpp"
#include "kernels/typed.hpp"
#include "kernels/wide.hpp"

namespace longhaul {

void divide(void* data, DataType type, std::size_t count, int ranks) {
  typed(type, [&]<class T>(T) {
    in_parallel_wide(count, sizeof(T), [=](std::size_t begin, std::size_t end) {
      T* const element = static_cast<T*>(data);
      for (std::size_t i = begin; i < end; ++i) element[i] = element::divide(element[i], ranks);
    });
  });
}

}  // namespace longhaul
