package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may enter what is made; the list for Windows as a value only, as there is no Windows here. */
class OwnersAccessTest {
    @Test
    @DisplayName("RL-A54 on Windows one user has all access, and has it in what is made below")
    void oneUserAlone() {
        UserPrincipal user = () -> "runner";
        List<AclEntry> list = new OwnersAccess(user).value();
        assertThat(list).singleElement().satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(AclEntryType.ALLOW);
            assertThat(entry.principal()).isEqualTo(user);
            assertThat(entry.permissions()).containsExactlyInAnyOrder(AclEntryPermission.values());
            assertThat(entry.flags())
                    .containsExactlyInAnyOrder(AclEntryFlag.FILE_INHERIT, AclEntryFlag.DIRECTORY_INHERIT);
        });
        assertThat(new OwnersAccess(user).name()).isEqualTo("acl:acl");
    }

    @Test
    void elsewhereThePermissionsSayIt(@TempDir Path folder) throws IOException {
        Path made = Files.createDirectory(folder.resolve("made"), FolderTree.only(folder, "rwx------"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }
}
