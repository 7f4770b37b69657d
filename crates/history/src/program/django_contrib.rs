//! The applications that Django brings, as their migrations leave them (Django 3.1 to 5.2): their tables stand in most databases, and others refer to them.

/// Their names in `INSTALLED_APPS`, their labels and their operations, in an order in which they can be made.
pub(super) const APPLICATIONS: &[(&str, &str, &str)] = &[
    ("django.contrib.contenttypes", "contenttypes", CONTENT_TYPES),
    ("django.contrib.auth", "auth", AUTH),
    ("django.contrib.admin", "admin", ADMIN),
    ("django.contrib.sessions", "sessions", SESSIONS),
    ("django.contrib.sites", "sites", SITES),
];

const CONTENT_TYPES: &str = "
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(name='ContentType', fields=[
            ('id', models.AutoField(auto_created=True, primary_key=True)),
            ('app_label', models.CharField(max_length=100)),
            ('model', models.CharField(max_length=100)),
        ], options={'db_table': 'django_content_type', 'unique_together': {('app_label', 'model')}}),
    ]
";

const AUTH: &str = "
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(name='Permission', fields=[
            ('id', models.AutoField(auto_created=True, primary_key=True)),
            ('name', models.CharField(max_length=255)),
            ('content_type', models.ForeignKey(to='contenttypes.ContentType')),
            ('codename', models.CharField(max_length=100)),
        ], options={'unique_together': {('content_type', 'codename')}}),
        migrations.CreateModel(name='Group', fields=[
            ('id', models.AutoField(auto_created=True, primary_key=True)),
            ('name', models.CharField(max_length=150, unique=True)),
            ('permissions', models.ManyToManyField(to='auth.Permission')),
        ]),
        migrations.CreateModel(name='User', fields=[
            ('id', models.AutoField(auto_created=True, primary_key=True)),
            ('password', models.CharField(max_length=128)),
            ('last_login', models.DateTimeField(null=True)),
            ('is_superuser', models.BooleanField()),
            ('username', models.CharField(max_length=150, unique=True)),
            ('first_name', models.CharField(max_length=150)),
            ('last_name', models.CharField(max_length=150)),
            ('email', models.EmailField(max_length=254)),
            ('is_staff', models.BooleanField()),
            ('is_active', models.BooleanField()),
            ('date_joined', models.DateTimeField()),
            ('groups', models.ManyToManyField(to='auth.Group')),
            ('user_permissions', models.ManyToManyField(to='auth.Permission')),
        ], options={'swappable': 'AUTH_USER_MODEL'}),
    ]
";

const ADMIN: &str = "
from django.conf import settings
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(name='LogEntry', fields=[
            ('id', models.AutoField(auto_created=True, primary_key=True)),
            ('action_time', models.DateTimeField()),
            ('object_id', models.TextField(null=True)),
            ('object_repr', models.CharField(max_length=200)),
            ('action_flag', models.PositiveSmallIntegerField()),
            ('change_message', models.TextField()),
            ('content_type', models.ForeignKey(null=True, to='contenttypes.ContentType')),
            ('user', models.ForeignKey(to=settings.AUTH_USER_MODEL)),
        ], options={'db_table': 'django_admin_log'}),
    ]
";

const SESSIONS: &str = "
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(name='Session', fields=[
            ('session_key', models.CharField(max_length=40, primary_key=True)),
            ('session_data', models.TextField()),
            ('expire_date', models.DateTimeField(db_index=True)),
        ], options={'db_table': 'django_session'}),
    ]
";

const SITES: &str = "
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(name='Site', fields=[
            ('id', models.AutoField(auto_created=True, primary_key=True)),
            ('domain', models.CharField(max_length=100)),
            ('name', models.CharField(max_length=50)),
        ], options={'db_table': 'django_site'}),
        migrations.AlterField('Site', 'domain', models.CharField(max_length=100, unique=True)),
    ]
";
