# What `cmake --install` installs, and the Debian package that `cpack -G DEB` makes: the program, its man page and completions,
# the library (static, and a shared one that exports only what the public headers declare), configs, and notices.
include(GNUInstallDirs)
set(here ${CMAKE_CURRENT_LIST_DIR})

# ---- the shared library, of the objects of the static one ----
add_library(likeness_shared SHARED $<TARGET_OBJECTS:likeness_library>)
foreach(isa portable avx2 avx512 avx512_bf16)
  if(TARGET kernels_${isa})
    target_sources(likeness_shared PRIVATE $<TARGET_OBJECTS:kernels_${isa}>)
  endif()
endforeach()
get_target_property(libraries likeness_library LINK_LIBRARIES)
target_link_libraries(likeness_shared PRIVATE ${libraries})
target_include_directories(likeness_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# before version 1 a new minor version may change functions and structs
set_target_properties(likeness_shared PROPERTIES OUTPUT_NAME likeness EXPORT_NAME likeness VERSION ${PROJECT_VERSION}
                                                 SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(real) # what a program needs to see the types of this build
if(NOT LIKENESS_REAL STREQUAL "float")
  set(real -DLK_REAL=${LIKENESS_REAL})
  target_compile_definitions(likeness_shared INTERFACE LK_REAL=${LIKENESS_REAL})
endif()
install(TARGETS likeness likeness_library)
install(TARGETS likeness_shared EXPORT likeness)
install(DIRECTORY include/likeness DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# ---- how others find it: pkg-config, and find_package(likeness) ----
set(private_libraries)
foreach(library ${libraries})
  if(library MATCHES "^PkgConfig::(.*)$")
    list(APPEND private_libraries ${${CMAKE_MATCH_1}_LDFLAGS})
  endif()
endforeach()
list(REMOVE_DUPLICATES private_libraries)
list(JOIN private_libraries " " private_libraries)
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /x) # the tree may be moved
cmake_path(GET up PARENT_PATH up)
configure_file(${here}/likeness.pc.in likeness.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/likeness.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(likeness-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/likeness-config-version.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/likeness)
install(EXPORT likeness NAMESPACE likeness:: FILE likeness-config.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/likeness)

# ---- the pages that the program writes: its man page and what shells complete ----
set(pages ${CMAKE_BINARY_DIR}/likeness.1 ${CMAKE_BINARY_DIR}/likeness.bash ${CMAKE_BINARY_DIR}/_likeness)
add_custom_command(OUTPUT ${pages} DEPENDS likeness COMMAND likeness help --man > likeness.1
                   COMMAND likeness help --completion bash > likeness.bash COMMAND likeness help --completion zsh > _likeness)
add_custom_target(likeness_pages ALL DEPENDS ${pages})
install(FILES ${CMAKE_BINARY_DIR}/likeness.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/likeness.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME likeness)
foreach(folder site-functions vendor-completions) # where zsh looks, and where it looks for Debian's packages
  install(FILES ${CMAKE_BINARY_DIR}/_likeness DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder})
endforeach()

# ---- configs, their schema, and notices ----
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/likeness)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${here}/third_party.txt DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# ---- the Debian package: of a build for /usr, so that libraries go to the folder of their architecture ----
# The repository names no maintainer; Debian wants one, so who builds a package says who it is.
set(LIKENESS_MAINTAINER "nobody named <nobody@localhost>" CACHE STRING "maintainer of the Debian package: NAME <ADDRESS>")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME likeness)
set(CPACK_PACKAGE_CONTACT ${LIKENESS_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "autoencoders for pictures of faces, with structural losses")
set(CPACK_PACKAGE_DESCRIPTION "Likeness trains convolutional autoencoders on pictures, on ordinary CPUs:
with squared error, structural similarity and other losses, from the command line or from C.
.
No licence for Likeness itself is known: its repository holds none.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
include(CPack)
