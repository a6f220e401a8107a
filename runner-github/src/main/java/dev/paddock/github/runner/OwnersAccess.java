package dev.paddock.github.runner;

import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;

/**
 * On Windows, that what is made is this user's alone, and so is what is made in it: the runner's key too, which on other
 * systems the umask keeps from others. Nothing is inherited from the folder above.
 */
record OwnersAccess(UserPrincipal owner) implements FileAttribute<List<AclEntry>> {
    @Override
    public String name() {
        return "acl:acl";
    }

    @Override
    public List<AclEntry> value() {
        return List.of(AclEntry.newBuilder()
                .setType(AclEntryType.ALLOW)
                .setPrincipal(owner)
                .setPermissions(EnumSet.allOf(AclEntryPermission.class))
                .setFlags(AclEntryFlag.FILE_INHERIT, AclEntryFlag.DIRECTORY_INHERIT)
                .build());
    }
}
